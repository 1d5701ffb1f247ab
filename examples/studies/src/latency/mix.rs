//! Which kinds of events there are, and how often each happens.

use std::fmt;
use std::str::FromStr;

use super::random::Random;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A deployment gets a version.
    Version,
    /// Somebody approves one of the latest versions in an environment.
    Approval,
    /// A job that runs ends.
    Job,
    /// A resource takes over a label of another.
    Resource,
    /// A policy asks for more, or less.
    Policy,
    /// Seconds pass, and timers ring.
    Time,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Version, Self::Approval, Self::Job, Self::Resource, Self::Policy, Self::Time];

    /// The name in options, tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Approval => "approval",
            Self::Job => "job",
            Self::Resource => "resource",
            Self::Policy => "policy",
            Self::Time => "time",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often each kind happens: parts of their sum, which is above zero. Written `version=1,job=9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix([u32; Kind::ALL.len()]);

impl Default for Mix {
    /// Mostly ends of jobs, and few policies, which concern every target.
    fn default() -> Self {
        Self([40, 100, 600, 200, 10, 50])
    }
}

impl Mix {
    /// The part of a kind.
    #[must_use]
    pub const fn part(self, kind: Kind) -> u32 {
        self.0[kind as usize]
    }

    /// A kind by chance.
    pub fn draw(self, random: &mut Random) -> Kind {
        let sum: u64 = self.0.iter().map(|&part| u64::from(part)).sum();
        let mut left = random.number() % sum.max(1);
        for kind in Kind::ALL {
            let part = u64::from(self.part(kind));
            if left < part {
                return kind;
            }
            left -= part;
        }
        Kind::Time
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = Kind::ALL.map(|kind| format!("{kind}={}", self.part(kind)));
        f.write_str(&parts.join(","))
    }
}

impl FromStr for Mix {
    type Err = String;

    /// Kinds that are not named do not happen.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = [0; Kind::ALL.len()];
        for part in text.split(',') {
            let known = part.split_once('=').and_then(|(name, part)| {
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name)?;
                Some((kind, part.parse().ok()?))
            });
            let Some((kind, part)) = known else {
                let names = Kind::ALL.map(Kind::name).join(", ");
                return Err(format!("expected KIND=NUMBER, of {names}; found `{part}`"));
            };
            parts[kind as usize] = part;
        }
        if parts.iter().all(|&part| part == 0) {
            return Err("nothing would happen: every part is zero".to_owned());
        }
        Ok(Self(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixes_are_read_and_written() {
        let mix: Mix = "job=9,version=1".parse().expect("a mix");
        assert_eq!(mix.to_string(), "version=1,approval=0,job=9,resource=0,policy=0,time=0");
        assert_eq!(Mix::default().to_string().parse(), Ok(Mix::default()));
        for (text, told) in [
            ("", "KIND=NUMBER"),
            ("jobs=1", "found `jobs=1`"),
            ("job=-1", "found `job=-1`"),
            ("job=0,time=0", "every part is zero"),
        ] {
            let error = text.parse::<Mix>().expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn kinds_are_drawn_as_often_as_the_mix_says() {
        let mix: Mix = "job=3,time=1".parse().expect("a mix");
        let mut random = Random::new(1);
        let mut drawn = [0; Kind::ALL.len()];
        for _ in 0..4_000 {
            drawn[mix.draw(&mut random) as usize] += 1;
        }
        assert_eq!(
            drawn.iter().sum::<u32>(),
            drawn[Kind::Job as usize] + drawn[Kind::Time as usize]
        );
        assert!((2_900..3_100).contains(&drawn[Kind::Job as usize]), "{drawn:?}");
    }
}

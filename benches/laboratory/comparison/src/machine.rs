//! What measured: times mean something only together with it.

use std::fs;
use std::iter;

/// Facts about this machine and this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The processor's name; `None` where the system does not tell.
    pub processor: Option<String>,
    /// Processors that this process may use.
    pub processors: usize,
    /// Data caches of the first processor, as `L1 32K`, smallest first; none where the system does not
    /// tell.
    pub caches: Vec<String>,
    /// Architecture and operating system.
    pub system: String,
    /// Whether the binary is optimised, as times of one that is not say nothing.
    pub optimised: bool,
}

impl Machine {
    /// Asks the system.
    #[must_use]
    pub fn this() -> Self {
        Self {
            processor: processor(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            caches: (0..8).filter_map(cache).collect(),
            system: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
            optimised: !cfg!(debug_assertions),
        }
    }

    /// What people are told of it: the processors, then the rest, so that 80 columns hold each.
    #[must_use]
    pub fn lines(&self) -> [String; 2] {
        let Self { processor, processors, caches, system, optimised } = self;
        let processor = processor.as_deref().unwrap_or("unknown processor");
        let caches = caches.iter().map(String::as_str);
        let optimised = (!optimised).then_some("not optimised");
        let rest: Vec<&str> = iter::once(system.as_str()).chain(caches).chain(optimised).collect();
        [format!("{processors} x {processor}"), rest.join(", ")]
    }
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

/// The cache with this index, unless it is for instructions alone.
fn cache(index: u32) -> Option<String> {
    let of = |what| {
        let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{what}");
        fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
    };
    (of("type")? != "Instruction").then_some(())?;
    Some(format!("L{} {}", of("level")?, of("size")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_names_fit_80_columns() {
        // 48 bytes are what x86 processors have for their name; four levels of caches are the most.
        let machine = Machine {
            processor: Some("W".repeat(48)),
            processors: 1_024,
            caches: ["L1 128K", "L2 2048K", "L3 491520K", "L4 1048576K"].map(str::to_owned).into(),
            system: "loongarch64 dragonfly".to_owned(),
            optimised: false,
        };
        let lines = machine.lines();
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        assert_eq!(
            lines[1],
            "loongarch64 dragonfly, L1 128K, L2 2048K, L3 491520K, L4 1048576K, not optimised"
        );
    }
}

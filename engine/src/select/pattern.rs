//! Regular expressions with RE2 syntax on top of the `regex` crate.
//!
//! A pattern is read once from left to right, checked against RE2's grammar and written anew for
//! `regex`. What differs: `\d \w \s \b` are ASCII in RE2; `[` and `&&` inside a class are plain
//! characters there; `\Q..\E` and octal escapes exist there; verbose mode, class operations,
//! `\b{start}`, `\<`, `\u`, `\U`, stacked repetitions and counts above 1000 do not. `\C`, a single
//! byte, has no counterpart and is refused.
//!
//! Memory: a few bytes may ask for megabytes (`\pL{95}`). Small patterns are kept compiled; of large ones,
//! each thread keeps the last few that it used; what is larger is refused.

use std::cell::RefCell;
use std::collections::VecDeque;

use regex::{Regex, RegexBuilder};

use super::error::EvalError;

/// Bytes that a compiled pattern may take to be kept: class names and counts of a hundred fit.
const SMALL: usize = 1 << 16;

/// Bytes that a compiled pattern may take at all.
const LARGE: usize = 1 << 20;

/// How many large patterns a thread keeps compiled.
const KEPT: usize = 8;

thread_local! {
    /// The large patterns that were used last, newest first, by their translation; it changes no answer.
    static LATEST: RefCell<VecDeque<(String, Regex)>> = const { RefCell::new(VecDeque::new()) };
}

/// A compiled pattern, or why it is none.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: Compiled,
}

#[derive(Debug)]
enum Compiled {
    Small(Regex),
    /// In the syntax of `regex`.
    Large(String),
    TooLarge,
    /// Why it is none.
    Not(String),
}

impl Pattern {
    /// Compiles `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: compile(text) }
    }

    /// Whether it takes little to compile it, or nothing because it is no pattern.
    pub(crate) fn is_small(&self) -> bool {
        !matches!(self.compiled, Compiled::Large(_) | Compiled::TooLarge)
    }

    /// Whether the pattern matches anywhere in `text`.
    ///
    /// # Errors
    /// When the pattern is not RE2, or too large.
    pub(crate) fn found_in(&self, text: &str) -> Result<bool, EvalError> {
        match &self.compiled {
            Compiled::Small(regex) => Ok(regex.is_match(text)),
            Compiled::Large(translated) => Ok(is_found(translated, text)),
            Compiled::TooLarge => {
                let message = format!("it takes more than {LARGE} bytes when it is compiled");
                Err(EvalError::Pattern { pattern: self.text.clone(), message })
            }
            Compiled::Not(message) => {
                Err(EvalError::Pattern { pattern: self.text.clone(), message: message.clone() })
            }
        }
    }
}

fn compile(text: &str) -> Compiled {
    let translated = match translate(text) {
        Ok(translated) => translated,
        Err(message) => return Compiled::Not(message.to_owned()),
    };
    match sized(&translated, SMALL) {
        Ok(regex) => Compiled::Small(regex),
        Err(regex::Error::CompiledTooBig(_)) => match sized(&translated, LARGE) {
            Ok(_) => Compiled::Large(translated),
            Err(regex::Error::CompiledTooBig(_)) => Compiled::TooLarge,
            Err(error) => Compiled::Not(error.to_string()),
        },
        Err(error) => Compiled::Not(error.to_string()),
    }
}

/// Compiles a translated pattern that may take so many bytes.
fn sized(translated: &str, most: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(translated).size_limit(most).dfa_size_limit(most).build()
}

/// Whether a large pattern matches anywhere in `text`.
fn is_found(translated: &str, text: &str) -> bool {
    LATEST.with_borrow_mut(|latest| {
        match latest.iter().position(|(known, _)| known == translated) {
            Some(0) => {}
            Some(at) => latest.swap(0, at),
            None => {
                let regex = sized(translated, LARGE).expect("it was compiled before");
                latest.truncate(KEPT - 1);
                latest.push_front((translated.to_owned(), regex));
            }
        }
        latest[0].1.is_match(text)
    })
}

/// Most repetitions a count may ask for.
const MAX_COUNT: u32 = 1000;

/// Perl classes of RE2 as the inside of a bracket.
const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0C\r\x20";

/// POSIX classes of RE2.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// What the last element was, for the operators that follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing a repetition could apply to.
    Nothing,
    Element,
    Repetition,
}

/// `pattern` in the syntax of the `regex` crate.
fn translate(pattern: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut last = Last::Nothing;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        (rest, last) = match character {
            '\\' => (escape(after, &mut out)?, Last::Element),
            '[' => (class(after, &mut out)?, Last::Element),
            '(' => (group(after, &mut out)?, Last::Nothing),
            ')' => {
                out.push(')');
                (after, Last::Element)
            }
            '|' => {
                out.push('|');
                (after, Last::Nothing)
            }
            '*' | '+' | '?' => {
                out.push(character);
                (repeat(after, last, &mut out)?, Last::Repetition)
            }
            '{' => match count(after)? {
                Some((text, after)) => {
                    out.push('{');
                    out.push_str(text);
                    (repeat(after, last, &mut out)?, Last::Repetition)
                }
                None => {
                    out.push_str(r"\{");
                    (after, Last::Element)
                }
            },
            '.' | '^' | '$' => {
                out.push(character);
                (after, Last::Element)
            }
            other => {
                literal(other, &mut out);
                (after, Last::Element)
            }
        };
    }
    Ok(out)
}

/// Checks what a repetition applies to and takes its `?`.
fn repeat<'p>(after: &'p str, last: Last, out: &mut String) -> Result<&'p str, &'static str> {
    match last {
        Last::Nothing => Err("a repetition has nothing to repeat"),
        Last::Repetition => Err("a repetition follows a repetition"),
        Last::Element => match after.strip_prefix('?') {
            Some(after) => {
                out.push('?');
                Ok(after)
            }
            None => Ok(after),
        },
    }
}

/// `n}`, `n,}` or `n,m}` after a brace, and what follows; `None` if the brace is a plain character.
fn count(after: &str) -> Result<Option<(&str, &str)>, &'static str> {
    let Some(end) = after.find('}') else { return Ok(None) };
    let (inside, rest) = (&after[..end], &after[end + 1..]);
    let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if least.is_empty() || !digits(least) || !digits(most) {
        return Ok(None);
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= MAX_COUNT);
    let least = number(least).ok_or("a repetition count is above 1000")?;
    if !most.is_empty() && number(most).ok_or("a repetition count is above 1000")? < least {
        return Err("a repetition count is reversed");
    }
    Ok(Some((&after[..=end], rest)))
}

/// An opening parenthesis with its kind and flags; what follows.
fn group<'p>(after: &'p str, out: &mut String) -> Result<&'p str, &'static str> {
    out.push('(');
    let Some(special) = after.strip_prefix('?') else { return Ok(after) };
    let name = special.strip_prefix("P<").or_else(|| special.strip_prefix('<'));
    if let Some(name) = name {
        let end = name.find('>').ok_or("a group name does not end")?;
        let word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
        if end == 0 || !name[..end].bytes().all(word) {
            return Err("look-behind is not supported, or a bad group name");
        }
        // Names may begin with a digit in RE2 and matter to nobody here.
        return Ok(&name[end + 1..]);
    }
    let end = special.find([':', ')']).ok_or("a group does not end")?;
    let flags = &special[..end];
    let (on, off) = flags.split_once('-').unwrap_or((flags, "i"));
    let known = |flags: &str| flags.chars().all(|flag| matches!(flag, 'i' | 'm' | 's' | 'U'));
    if !known(on) || !known(off) || off.is_empty() {
        return Err("unknown group flags; look-around is not supported");
    }
    let open = special[end..].starts_with(':');
    if flags.is_empty() && !open {
        return Err("missing argument of a group");
    }
    out.push('?');
    out.push_str(flags);
    out.push(if open { ':' } else { ')' });
    Ok(&special[end + 1..])
}

/// An escape outside a class, its backslash taken; what follows.
fn escape<'p>(after: &'p str, out: &mut String) -> Result<&'p str, &'static str> {
    let letter = after.chars().next().ok_or("a backslash ends the pattern")?;
    let rest = &after[letter.len_utf8()..];
    match letter {
        'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
            perl(letter, out);
            Ok(rest)
        }
        'b' | 'B' => {
            out.push_str(if letter == 'b' { r"(?-u:\b)" } else { r"(?-u:\B)" });
            Ok(rest)
        }
        'A' | 'z' => {
            out.push('\\');
            out.push(letter);
            Ok(rest)
        }
        'Q' => {
            let (quoted, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
            quoted.chars().for_each(|character| literal(character, out));
            if quoted.is_empty() {
                out.push_str("(?:)");
            }
            Ok(rest)
        }
        'p' | 'P' => property(letter, rest, out),
        _ => {
            let (character, rest) = character_escape(after)?;
            literal(character, out);
            Ok(rest)
        }
    }
}

/// A Perl class outside a bracket.
fn perl(letter: char, out: &mut String) {
    out.push('[');
    if letter.is_ascii_uppercase() {
        out.push('^');
    }
    out.push_str(inside(letter));
    out.push(']');
}

fn inside(letter: char) -> &'static str {
    match letter.to_ascii_lowercase() {
        'd' => DIGIT,
        'w' => WORD,
        _ => SPACE,
    }
}

/// A Unicode property, letter `p` or `P` taken; what follows. Checked by `regex`.
fn property<'p>(letter: char, rest: &'p str, out: &mut String) -> Result<&'p str, &'static str> {
    let (mut name, rest) = if let Some(braced) = rest.strip_prefix('{') {
        braced.split_once('}').ok_or("a Unicode class does not end")?
    } else {
        let end = rest.chars().next().map_or(0, char::len_utf8);
        rest.split_at(end)
    };
    let mut negated = letter == 'P';
    if let Some(inner) = name.strip_prefix('^') {
        (name, negated) = (inner, !negated);
    }
    let word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    if name.is_empty() || !name.bytes().all(word) {
        return Err("a bad Unicode class");
    }
    if name == "Any" {
        out.push_str(if negated { r"[^\x00-\x{10FFFF}]" } else { r"[\x00-\x{10FFFF}]" });
        return Ok(rest);
    }
    out.push_str(if negated { r"\P{" } else { r"\p{" });
    out.push_str(name);
    out.push('}');
    Ok(rest)
}

/// The character an escape stands for in and outside classes; what follows.
fn character_escape(after: &str) -> Result<(char, &str), &'static str> {
    let letter = after.chars().next().ok_or("a backslash ends the pattern")?;
    let rest = &after[letter.len_utf8()..];
    let octal = |most: usize| {
        let digits = after.bytes().take(most).take_while(|byte| matches!(byte, b'0'..=b'7'));
        let digits = digits.count();
        let character = u32::from_str_radix(&after[..digits], 8).ok().and_then(char::from_u32);
        Ok((character.ok_or("a bad octal escape")?, &after[digits..]))
    };
    let simple = match letter {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0' => return octal(3),
        '1'..='7' if matches!(rest.as_bytes().first(), Some(b'0'..=b'7')) => return octal(3),
        'x' => return hex(rest),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => other,
        '1'..='9' => return Err("back-references are not supported"),
        _ => return Err("an unknown escape"),
    };
    Ok((simple, rest))
}

fn hex(rest: &str) -> Result<(char, &str), &'static str> {
    let (digits, rest) = match rest.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or("a bad hexadecimal escape")?,
        None => rest.split_at_checked(2).ok_or("a bad hexadecimal escape")?,
    };
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| valid);
    Ok((number.and_then(char::from_u32).ok_or("a bad hexadecimal escape")?, rest))
}

/// A bracket expression, its bracket taken; what follows.
fn class<'p>(after: &'p str, out: &mut String) -> Result<&'p str, &'static str> {
    out.push('[');
    let mut rest = after;
    if let Some(negated) = rest.strip_prefix('^') {
        out.push('^');
        rest = negated;
    }
    let mut first = true;
    loop {
        let character = rest.chars().next().ok_or("a class does not end")?;
        if character == ']' && !first {
            out.push(']');
            return Ok(&rest[1..]);
        }
        first = false;
        if let Some(posix) = rest.strip_prefix("[:")
            && let Some(end) = posix.find(":]")
        {
            if !POSIX.contains(&posix[..end].trim_start_matches('^')) {
                return Err("an unknown class name");
            }
            out.push_str(&rest[..end + 4]);
            rest = &rest[end + 4..];
            continue;
        }
        if let Some(escaped) = rest.strip_prefix('\\') {
            let letter = escaped.chars().next().ok_or("a class does not end")?;
            if matches!(letter, 'd' | 'w' | 's') {
                out.push_str(inside(letter));
                rest = &escaped[1..];
                continue;
            }
            if matches!(letter, 'D' | 'W' | 'S') {
                perl(letter, out);
                rest = &escaped[1..];
                continue;
            }
            if matches!(letter, 'p' | 'P') {
                rest = property(letter, &escaped[1..], out)?;
                continue;
            }
        }
        let (low, after_low) = class_character(rest)?;
        literal(low, out);
        rest = after_low;
        if let Some(range) = rest.strip_prefix('-')
            && !range.starts_with(']')
        {
            let (high, after_high) = class_character(range)?;
            if high < low {
                return Err("a reversed range in a class");
            }
            out.push('-');
            literal(high, out);
            rest = after_high;
        }
    }
}

/// One character of a class; what follows.
fn class_character(rest: &str) -> Result<(char, &str), &'static str> {
    match rest.strip_prefix('\\') {
        Some(escaped) => character_escape(escaped),
        None => {
            let character = rest.chars().next().ok_or("a class does not end")?;
            Ok((character, &rest[character.len_utf8()..]))
        }
    }
}

/// A plain character, escaped where `regex` would read more into it.
fn literal(character: char, out: &mut String) {
    if regex_syntax::is_meta_character(character) {
        out.push('\\');
    }
    out.push(character);
}

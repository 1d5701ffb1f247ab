//! Reading JSON text value by value, knowing at every moment where one is.
//!
//! Vocabulary: the *offset* is the number of bytes before a place in the text.
//!
//! Why not the parser of `serde_json`: documents need the place of every entry, of every field that
//! does not fit and of every repeated key, and must stop at the first bad element of a long list
//! instead of building all of it.
//!
//! Invariants: a value is nested at most [`MAX_DEPTH`] deep and has no object with a repeated key; a
//! reader reads at most [`MAX_VALUES`] values; numbers keep their digits. Cost: linear in the text, one pass.

use std::borrow::Cow;

use thiserror::Error;

use crate::base::json::{Json, JsonMap};

/// Deepest nesting of lists and objects.
pub const MAX_DEPTH: usize = 128;
/// Most values that one text may have: bounds the memory that it can take, some gigabytes.
pub const MAX_VALUES: usize = 1 << 26;
/// As so many values counts a list or an object, which takes that much more memory.
const NESTED: usize = 8;

/// Text that is not JSON, or more of it than is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct ReadError {
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Cow<'static, str>,
}

type Result<T> = std::result::Result<T, ReadError>;

/// Reads values from a text, front to back.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    text: &'a str,
    offset: usize,
    depth: usize,
    /// Values read so far.
    values: usize,
}

/// Reads a text that is one value.
///
/// # Errors
/// When it is not JSON, has a repeated key, is too deep or too large.
pub fn read(text: &str) -> Result<Json> {
    let mut reader = Reader::new(text);
    let value = reader.value()?;
    reader.end()?;
    Ok(value)
}

impl<'a> Reader<'a> {
    /// A reader at the start of `text`.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, offset: 0, depth: 0, values: 0 }
    }

    /// A reader of `text` that goes on counting values from `values`.
    #[must_use]
    pub(crate) const fn continuing(text: &'a str, values: usize) -> Self {
        Self { text, offset: 0, depth: 0, values }
    }

    /// Values read so far; a list or an object counts as eight.
    #[must_use]
    pub const fn values(&self) -> usize {
        self.values
    }

    /// The offset of the next token; white space is passed over.
    pub fn offset(&mut self) -> usize {
        let rest = &self.text.as_bytes()[self.offset..];
        let blank = rest.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        self.offset += blank;
        self.offset
    }

    /// The first byte of the next token.
    pub fn peek(&mut self) -> Option<u8> {
        let offset = self.offset();
        self.text.as_bytes().get(offset).copied()
    }

    /// The next value.
    ///
    /// # Errors
    /// See [`read`].
    pub fn value(&mut self) -> Result<Json> {
        let first = self.peek();
        self.values += if matches!(first, Some(b'{' | b'[')) { NESTED } else { 1 };
        if self.values > MAX_VALUES {
            let most = format!("more than {MAX_VALUES} values, a list or an object being {NESTED}");
            return Err(self.error(most));
        }
        match first {
            Some(b'{') => self.object().map(Json::Object),
            Some(b'[') => {
                self.open(b'[')?;
                let mut items = Vec::new();
                while self.item(items.is_empty())? {
                    items.push(self.value()?);
                }
                Ok(Json::Array(items))
            }
            Some(b'"') => self.string().map(|text| Json::String(text.into_owned())),
            _ => self.scalar(),
        }
    }

    /// Passes over the next value without building it; repeated keys within it are not noticed.
    ///
    /// # Errors
    /// When it is not JSON or too deep.
    pub fn skip(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'{') => {
                self.open(b'{')?;
                let mut first = true;
                while self.key(first)?.is_some() {
                    first = false;
                    self.skip()?;
                }
            }
            Some(b'[') => {
                self.open(b'[')?;
                let mut first = true;
                while self.item(first)? {
                    first = false;
                    self.skip()?;
                }
            }
            Some(b'"') => drop(self.string()?),
            _ => drop(self.scalar()?),
        }
        Ok(())
    }

    /// Enters the object or list that begins with `bracket`.
    ///
    /// # Errors
    /// When the next token is another, or nesting is too deep.
    pub fn open(&mut self, bracket: u8) -> Result<()> {
        if self.peek() != Some(bracket) {
            return Err(self.expected(if bracket == b'{' { "an object" } else { "a list" }));
        }
        if self.depth == MAX_DEPTH {
            return Err(self.error(format!("more than {MAX_DEPTH} levels of nesting")));
        }
        self.depth += 1;
        self.offset += 1;
        Ok(())
    }

    /// The next key of the object one is in, `None` when it ends. `first`: no key was read yet.
    ///
    /// # Errors
    /// When the text there is no JSON.
    pub fn key(&mut self, first: bool) -> Result<Option<Cow<'a, str>>> {
        Ok(self.placed_key(first)?.map(|(_, key)| key))
    }

    /// The same with the offset of the key.
    ///
    /// # Errors
    /// When the text there is no JSON.
    pub(crate) fn placed_key(&mut self, first: bool) -> Result<Option<(usize, Cow<'a, str>)>> {
        if !self.more(first, b'}', "`,` or `}`")? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return Err(self.expected("a key in double quotes"));
        }
        let offset = self.offset;
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.expected("`:` after a key"));
        }
        self.offset += 1;
        Ok(Some((offset, key)))
    }

    /// Whether the list one is in has another item. `first`: no item was read yet.
    ///
    /// # Errors
    /// When the text there is no JSON.
    pub fn item(&mut self, first: bool) -> Result<bool> {
        self.more(first, b']', "`,` or `]`")
    }

    /// Checks that nothing but white space is left.
    ///
    /// # Errors
    /// When there is something.
    pub fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }

    /// An error at the next token: `expected` and what is there instead.
    pub fn expected(&mut self, expected: &str) -> ReadError {
        let offset = self.offset();
        let found = match self.text[offset..].chars().next() {
            None => "the end of the text".to_owned(),
            Some(character) => format!("{character:?}"),
        };
        self.error(format!("expected {expected}, found {found}"))
    }

    fn error(&self, problem: impl Into<Cow<'static, str>>) -> ReadError {
        ReadError { offset: self.offset, problem: problem.into() }
    }

    /// Passes over the comma before the next element, or over the closing bracket.
    fn more(&mut self, first: bool, close: u8, expected: &str) -> Result<bool> {
        match self.peek() {
            Some(byte) if byte == close => {
                self.offset += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            Some(b',') if !first => {
                self.offset += 1;
                match self.peek() {
                    Some(byte) if byte == close => Err(self.expected("another element after `,`")),
                    _ => Ok(true),
                }
            }
            Some(_) if first => Ok(true),
            _ => Err(self.expected(expected)),
        }
    }

    fn object(&mut self) -> Result<JsonMap> {
        self.open(b'{')?;
        let mut map = JsonMap::new();
        let mut first = true;
        loop {
            let Some((offset, key)) = self.placed_key(first)? else { return Ok(map) };
            first = false;
            if map.contains_key(key.as_ref()) {
                let problem = format!("the key {key:?} is there twice").into();
                return Err(ReadError { offset, problem });
            }
            let value = self.value()?;
            map.insert(key.into_owned(), value);
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>> {
        let start = self.offset + 1;
        let rest = &self.text.as_bytes()[start..];
        let Some(plain) = rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0..0x20))
        else {
            return Err(self.error("a string without closing quote"));
        };
        if rest[plain] == b'"' {
            self.offset = start + plain + 1;
            return Ok(Cow::Borrowed(&self.text[start..start + plain]));
        }
        self.escaped(start).map(Cow::Owned)
    }

    /// A string with escapes, `start` being the offset after its opening quote.
    fn escaped(&mut self, start: usize) -> Result<String> {
        let bytes = self.text.as_bytes();
        let mut text = String::new();
        let (mut from, mut at) = (start, start);
        loop {
            let Some(&byte) = bytes.get(at) else {
                return Err(self.error("a string without closing quote"));
            };
            match byte {
                b'"' => {
                    text.push_str(&self.text[from..at]);
                    self.offset = at + 1;
                    return Ok(text);
                }
                b'\\' => {
                    text.push_str(&self.text[from..at]);
                    self.offset = at;
                    text.push(self.escape()?);
                    at = self.offset;
                    from = at;
                }
                0..0x20 => {
                    self.offset = at;
                    let problem = "a control character in a string, which must be escaped";
                    return Err(self.error(problem));
                }
                _ => at += 1,
            }
        }
    }

    /// The character of the escape at the offset, which moves behind it.
    fn escape(&mut self) -> Result<char> {
        let simple = match self.text.as_bytes().get(self.offset + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("an unknown escape in a string")),
        };
        self.offset += 2;
        Ok(simple)
    }

    fn unicode(&mut self) -> Result<char> {
        let unit = |at: usize| {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            hex.then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let (character, length) = match unit(self.offset) {
            Some(high @ 0xd800..0xdc00) => match unit(self.offset + 6) {
                Some(low @ 0xdc00..0xe000) => {
                    (char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
                }
                _ => (None, 0),
            },
            Some(unit) => (char::from_u32(unit), 6),
            None => (None, 0),
        };
        let Some(character) = character else {
            return Err(self.error("`\\u` without the four hex digits of a character"));
        };
        self.offset += length;
        Ok(character)
    }

    /// A number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Result<Json> {
        let rest = &self.text[self.offset()..];
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._".contains(byte);
        let length = rest.bytes().take_while(word).count();
        let value = match &rest[..length] {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "null" => Json::Null,
            digits if is_number(digits) => {
                let number = digits.parse();
                Json::Number(number.map_err(|_| self.expected("a JSON value"))?)
            }
            _ => return Err(self.expected("a JSON value")),
        };
        self.offset += length;
        Ok(value)
    }
}

/// The grammar of RFC 8259: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

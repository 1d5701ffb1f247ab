//! The names of functions, and the ways to call them.
//!
//! Vocabulary: a *style* is how a function is called, `f(x)` or `x.f()`; arguments are counted with
//! the receiver.

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Global,
    Member,
    Both,
}

/// Declares the functions: variant, name, style, fewest and most arguments.
macro_rules! functions {
    ($($variant:ident $name:literal $style:ident $least:literal $most:literal,)+) => {
        /// A function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Function { $($variant,)+ }

        const FUNCTIONS: &[(Function, &str, Style, usize, usize)] =
            &[$((Function::$variant, $name, Style::$style, $least, $most),)+];
    };
}

functions! {
    Size "size" Both 1 1,
    Contains "contains" Member 2 2,
    StartsWith "startsWith" Member 2 2,
    EndsWith "endsWith" Member 2 2,
    Matches "matches" Both 2 2,
    ToInt "int" Global 1 1,
    ToUint "uint" Global 1 1,
    ToDouble "double" Global 1 1,
    ToText "string" Global 1 1,
    ToBytes "bytes" Global 1 1,
    ToBool "bool" Global 1 1,
    ToTime "timestamp" Global 1 1,
    ToSpan "duration" Global 1 1,
    KindOf "type" Global 1 1,
    Dyn "dyn" Global 1 1,
    GetFullYear "getFullYear" Member 1 2,
    GetMonth "getMonth" Member 1 2,
    GetDate "getDate" Member 1 2,
    GetDayOfMonth "getDayOfMonth" Member 1 2,
    GetDayOfWeek "getDayOfWeek" Member 1 2,
    GetDayOfYear "getDayOfYear" Member 1 2,
    GetHours "getHours" Member 1 2,
    GetMinutes "getMinutes" Member 1 2,
    GetSeconds "getSeconds" Member 1 2,
    GetMilliseconds "getMilliseconds" Member 1 2,
    CharAt "charAt" Member 2 2,
    IndexOf "indexOf" Member 2 3,
    LastIndexOf "lastIndexOf" Member 2 3,
    Join "join" Member 1 2,
    Split "split" Member 2 3,
    Substring "substring" Member 2 3,
    Replace "replace" Member 3 4,
    Trim "trim" Member 1 1,
    LowerAscii "lowerAscii" Member 1 1,
    UpperAscii "upperAscii" Member 1 1,
    Reverse "reverse" Member 1 1,
    Format "format" Member 2 2,
    Quote "strings.quote" Global 1 1,
    Greatest "math.greatest" Global 1 65536,
    Least "math.least" Global 1 65536,
    Ceil "math.ceil" Global 1 1,
    Floor "math.floor" Global 1 1,
    Round "math.round" Global 1 1,
    Trunc "math.trunc" Global 1 1,
    Abs "math.abs" Global 1 1,
    Sign "math.sign" Global 1 1,
    IsNan "math.isNaN" Global 1 1,
    IsInf "math.isInf" Global 1 1,
    IsFinite "math.isFinite" Global 1 1,
    Sqrt "math.sqrt" Global 1 1,
    BitAnd "math.bitAnd" Global 2 2,
    BitOr "math.bitOr" Global 2 2,
    BitXor "math.bitXor" Global 2 2,
    BitNot "math.bitNot" Global 1 1,
    BitShiftLeft "math.bitShiftLeft" Global 2 2,
    BitShiftRight "math.bitShiftRight" Global 2 2,
    Slice "slice" Member 3 3,
    Flatten "flatten" Member 1 2,
    Distinct "distinct" Member 1 1,
    Sort "sort" Member 1 1,
    Range "lists.range" Global 1 1,
    SetContains "sets.contains" Global 2 2,
    SetEquivalent "sets.equivalent" Global 2 2,
    SetIntersects "sets.intersects" Global 2 2,
}

impl Function {
    /// Whether some function has this name.
    pub(crate) fn is_known(name: &str) -> bool {
        FUNCTIONS.iter().any(|function| function.1 == name)
    }

    /// The function called `name` in `style` with `count` arguments.
    ///
    /// # Errors
    /// A message for the author of the selector.
    pub(crate) fn find(name: &str, style: Style, count: usize) -> Result<Self, String> {
        let Some(&(function, _, styles, least, most)) =
            FUNCTIONS.iter().find(|function| function.1 == name)
        else {
            return Err(format!("unknown function `{name}`"));
        };
        if styles != style && styles != Style::Both {
            return Err(match styles {
                Style::Member => format!("`{name}` is called as `x.{name}(..)`"),
                _ => format!("`{name}` is called as `{name}(..)`"),
            });
        }
        if !(least..=most).contains(&count) {
            let receiver = usize::from(style == Style::Member);
            let count = count - receiver;
            return Err(format!("`{name}` does not take {count} arguments"));
        }
        Ok(function)
    }

    /// Whether it makes lists or texts that may be longer than what it is given, goes through one more than
    /// once, or compiles a pattern.
    pub(crate) const fn goes_through(self) -> bool {
        use Function as F;
        matches!(
            self,
            F::Matches
                | F::Replace
                | F::Split
                | F::Join
                | F::Format
                | F::Flatten
                | F::Distinct
                | F::Sort
                | F::Range
                | F::SetContains
                | F::SetEquivalent
                | F::SetIntersects
        )
    }

    /// Whether the second argument names a time zone.
    pub(crate) const fn takes_zone(self) -> bool {
        use Function as F;
        matches!(
            self,
            F::GetFullYear
                | F::GetMonth
                | F::GetDate
                | F::GetDayOfMonth
                | F::GetDayOfWeek
                | F::GetDayOfYear
                | F::GetHours
                | F::GetMinutes
                | F::GetSeconds
                | F::GetMilliseconds
        )
    }

    /// The name in expressions.
    pub(crate) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|function| function.0 == self).map_or("", |function| function.1)
    }
}

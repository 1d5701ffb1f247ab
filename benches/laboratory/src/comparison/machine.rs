//! What measured: times mean something only together with it.

use std::fmt;
use std::fs;

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
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, processors, caches, system, optimised } = self;
        let processor = processor.as_deref().unwrap_or("unknown processor");
        write!(f, "{processors} x {processor}, {system}")?;
        caches.iter().try_for_each(|cache| write!(f, ", {cache}"))?;
        if *optimised { Ok(()) } else { f.write_str(", not optimised") }
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

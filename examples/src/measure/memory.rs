//! Resident memory of the process.

/// Bytes that are in memory now; `None` where the system does not tell.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * page_size())
}

/// Bytes per page as the kernel counts them for this process, 4,096 when it does not say.
fn page_size() -> u64 {
    let of_kernel = || {
        let text = std::fs::read_to_string("/proc/self/smaps").ok()?;
        let line = text.lines().find(|line| line.starts_with("KernelPageSize:"))?;
        line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1_024)
    };
    of_kernel().unwrap_or(4_096)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_becomes_resident() {
        let before = resident_bytes().expect("Linux tells");
        let bytes = vec![1u8; 64 << 20];
        let after = resident_bytes().expect("Linux tells");
        assert!(after >= before + (48 << 20), "{before} to {after} with {} more", bytes.len());
    }
}

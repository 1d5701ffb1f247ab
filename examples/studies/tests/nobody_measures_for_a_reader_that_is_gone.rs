//! Studies end soon when what reads their stdout is gone, unless they draw.

use crate::reader;

#[cfg(unix)]
#[test]
fn studies_end_with_their_reader() {
    reader::goes("latency", &["--preset", "paper", "--count", "100000000"]);
    reader::goes("latency", &["--preset", "paper", "--count", "100000000", "--json"]);
    reader::goes("scaling", &["--sizes", "100,200,300", "--iterations", "100000000"]);
}

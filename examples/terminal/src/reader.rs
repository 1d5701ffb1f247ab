//! Whoever reads stdout: when nobody does any more, what only stdout would tell is not worked out.
//!
//! A pipe says so to who writes to it, and a program may work for minutes before it does. So a thread
//! sleeps until the pipe is closed at its other end. That a program was started without stdout cannot be
//! known: the standard library puts `/dev/null` in its place before `main`.

use std::sync::{Arc, Mutex, PoisonError};

/// While this is there, the program ends when the reader of stdout goes: quietly and with exit code 0,
/// since a reader that has seen enough is no failure.
#[derive(Debug)]
pub struct Awaited {
    is_over: Arc<Mutex<bool>>,
}

/// Begins work of which stdout alone tells: nothing is to be finished if nobody reads it.
#[must_use = "what is dropped ends nothing"]
pub fn awaited() -> Awaited {
    let is_over = Arc::new(Mutex::new(false));
    watch::start(Arc::clone(&is_over));
    Awaited { is_over }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }
}

#[cfg(unix)]
mod watch {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::thread;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;

    /// Of files and terminals nobody is told.
    fn has_reader() -> io::Result<bool> {
        let kind = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?.file_type();
        Ok(kind.is_fifo() || kind.is_socket())
    }

    pub(super) fn start(is_over: Arc<Mutex<bool>>) {
        if has_reader().unwrap_or(false) {
            // Without a thread for it, the next write is told.
            thread::Builder::new().spawn(move || end_with_reader(&is_over)).ok();
        }
    }

    fn end_with_reader(is_over: &Mutex<bool>) {
        let out = io::stdout();
        loop {
            // Errors and hang-ups are told without being asked for.
            let mut watched = [PollFd::new(&out, PollFlags::empty())];
            match poll(&mut watched, None) {
                Ok(_) => break,
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => return,
            }
        }
        let is_over = is_over.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_over {
            std::process::exit(0);
        }
    }
}

#[cfg(not(unix))]
mod watch {
    use std::sync::{Arc, Mutex};

    pub(super) fn start(_: Arc<Mutex<bool>>) {}
}

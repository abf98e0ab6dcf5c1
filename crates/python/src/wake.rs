//! Waking a loop from any thread: a descriptor that its selector watches.

#[cfg(unix)]
pub(crate) use self::unix::Doorbell;

/// Where loops watch no descriptors, the waker thread does all the work.
#[cfg(not(unix))]
pub(crate) struct Doorbell;

#[cfg(not(unix))]
impl Doorbell {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }
    pub(crate) fn descriptor(&self) -> Option<i32> {
        None
    }
    pub(crate) fn ring(&self) {}
    pub(crate) fn reset(&self) {}
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd, RawFd};

    /// Rung by workers, watched by one loop. The descriptor closes with the last owner, so that no worker can write
    /// to a number that the process has given to something else.
    pub(crate) struct Doorbell {
        watched: OwnedFd,
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        rung: OwnedFd,
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    impl Doorbell {
        pub(crate) fn new() -> io::Result<Self> {
            use std::os::fd::FromRawFd;
            // SAFETY: a plain system call; the descriptor is ours when it is not negative.
            let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: open, and owned by nobody else.
            Ok(Self { watched: unsafe { OwnedFd::from_raw_fd(fd) } })
        }

        /// Makes the descriptor readable.
        pub(crate) fn ring(&self) {
            let one = 1_u64.to_ne_bytes();
            // A full counter means that it is readable already. SAFETY: open descriptor, live buffer.
            let _ = unsafe { libc::write(self.watched.as_raw_fd(), one.as_ptr().cast(), one.len()) };
        }

        /// Makes the descriptor unreadable until the next ring.
        pub(crate) fn reset(&self) {
            let mut count = [0_u8; 8];
            // SAFETY: open descriptor, live buffer.
            let _ = unsafe { libc::read(self.watched.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    impl Doorbell {
        pub(crate) fn new() -> io::Result<Self> {
            let (watched, rung) = std::os::unix::net::UnixStream::pair()?;
            watched.set_nonblocking(true)?;
            rung.set_nonblocking(true)?;
            Ok(Self { watched: watched.into(), rung: rung.into() })
        }

        /// Makes the descriptor readable.
        pub(crate) fn ring(&self) {
            // A full buffer means that it is readable already. SAFETY: open descriptor, live buffer.
            let _ = unsafe { libc::write(self.rung.as_raw_fd(), [1_u8].as_ptr().cast(), 1) };
        }

        /// Makes the descriptor unreadable until the next ring.
        pub(crate) fn reset(&self) {
            let mut rings = [0_u8; 64];
            // SAFETY: open descriptor, live buffer.
            while unsafe { libc::read(self.watched.as_raw_fd(), rings.as_mut_ptr().cast(), rings.len()) } == 64 {}
        }
    }

    impl Doorbell {
        #[expect(clippy::unnecessary_wraps, reason = "other platforms have none")]
        pub(crate) fn descriptor(&self) -> Option<RawFd> {
            Some(self.watched.as_raw_fd())
        }
    }
}

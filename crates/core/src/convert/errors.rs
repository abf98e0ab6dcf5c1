//! What errors say of themselves, to hosts.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;

use super::Writer;
use crate::desc::TypeDesc;
use crate::host::HostError;
use crate::module::Raise;

/// What an error of an `#[error]` enum says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// Its `Display`.
    pub message: String,
    /// Each `source()`, outermost first.
    pub sources: Vec<Source>,
}

/// One error of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Its `Display`.
    Text(String),
    /// An [`io::Error`].
    Io(IoError),
    /// An exception of the host's: the last one, since it brings its own causes.
    Host(HostError),
}

/// What an [`io::Error`] says: Python's `OSError`, Node's system errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoError {
    /// Its `Display`, without the number.
    pub message: String,
    /// The name of its kind in POSIX: `ENOENT`.
    pub code: Option<&'static str>,
    /// What the operating system said.
    pub os_error: Option<i32>,
}

/// An error of no class of the author's: an [`io::Error`], or one whose type nobody knows any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainError {
    /// The error and each `source()`, outermost first. Never empty.
    pub chain: Vec<Source>,
    /// Where it was made in Rust, if it has kept that.
    pub backtrace: Option<String>,
}

/// What an `#[error]` enum has to be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `std::error::Error`",
    label = "an #[error] enum implements `std::error::Error`",
    note = "add `#[derive(Debug, thiserror::Error)]` and an `#[error(\"..\")]` to each variant, or implement `Display` and `Error`"
)]
pub trait StdError {
    /// The message and the chain of sources.
    fn text(&self) -> ErrorText;
}

#[diagnostic::do_not_recommend]
impl<E: Error> StdError for E {
    fn text(&self) -> ErrorText {
        ErrorText::of(self)
    }
}

impl ErrorText {
    /// Reads the message and the chain of sources.
    pub fn of(error: &dyn Error) -> Self {
        Self { message: error.to_string(), sources: error.source().map_or_else(Vec::new, chain) }
    }
}

/// `error` and its sources.
fn chain(error: &(dyn Error + 'static)) -> Vec<Source> {
    let mut chain = Vec::new();
    for error in iter::successors(Some(error), |&error| error.source()) {
        let io = error.downcast_ref::<io::Error>();
        // One that was made of another error shows that one's sources as its own, and so hides it.
        let inner = io.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref());
        if let Some(host) = inner.or_else(|| error.downcast_ref::<HostError>()) {
            chain.push(Source::Host(host.clone()));
            break;
        }
        chain.push(match io {
            Some(error) => Source::Io(IoError::of(error)),
            None => Source::Text(error.to_string()),
        });
    }
    chain
}

impl IoError {
    fn of(error: &io::Error) -> Self {
        let os_error = error.raw_os_error();
        let mut message = error.to_string();
        if let Some(number) = os_error
            && let Some(text) = message.strip_suffix(&format!(" (os error {number})"))
        {
            message.truncate(text.len());
        }
        Self { message, code: posix_name(error.kind(), os_error), os_error }
    }
}

impl PlainError {
    fn of(error: &(dyn Error + 'static)) -> Self {
        Self { chain: chain(error), backtrace: None }
    }
}

/// `os_error` tells apart what has one kind.
fn posix_name(kind: ErrorKind, os_error: Option<i32>) -> Option<&'static str> {
    const EPERM: i32 = 1;
    Some(match kind {
        ErrorKind::PermissionDenied if cfg!(unix) && os_error == Some(EPERM) => "EPERM",
        // Its other one, ENOSYS, is that of system calls which are not there.
        ErrorKind::Unsupported if cfg!(unix) && os_error.is_some_and(is_not_supported) => "ENOTSUP",
        ErrorKind::AddrInUse => "EADDRINUSE",
        ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        ErrorKind::AlreadyExists => "EEXIST",
        ErrorKind::ArgumentListTooLong => "E2BIG",
        ErrorKind::BrokenPipe => "EPIPE",
        ErrorKind::ConnectionAborted => "ECONNABORTED",
        ErrorKind::ConnectionRefused => "ECONNREFUSED",
        ErrorKind::ConnectionReset => "ECONNRESET",
        ErrorKind::CrossesDevices => "EXDEV",
        ErrorKind::Deadlock => "EDEADLK",
        ErrorKind::DirectoryNotEmpty => "ENOTEMPTY",
        ErrorKind::ExecutableFileBusy => "ETXTBSY",
        ErrorKind::FileTooLarge => "EFBIG",
        ErrorKind::HostUnreachable => "EHOSTUNREACH",
        ErrorKind::Interrupted => "EINTR",
        ErrorKind::InvalidInput => "EINVAL",
        ErrorKind::IsADirectory => "EISDIR",
        ErrorKind::NetworkDown => "ENETDOWN",
        ErrorKind::NetworkUnreachable => "ENETUNREACH",
        ErrorKind::NotADirectory => "ENOTDIR",
        ErrorKind::NotConnected => "ENOTCONN",
        ErrorKind::NotFound => "ENOENT",
        ErrorKind::NotSeekable => "ESPIPE",
        ErrorKind::OutOfMemory => "ENOMEM",
        ErrorKind::PermissionDenied => "EACCES",
        ErrorKind::QuotaExceeded => "EDQUOT",
        ErrorKind::ReadOnlyFilesystem => "EROFS",
        ErrorKind::ResourceBusy => "EBUSY",
        ErrorKind::StaleNetworkFileHandle => "ESTALE",
        ErrorKind::StorageFull => "ENOSPC",
        ErrorKind::TimedOut => "ETIMEDOUT",
        ErrorKind::TooManyLinks => "EMLINK",
        ErrorKind::Unsupported => "ENOSYS",
        ErrorKind::WouldBlock => "EAGAIN",
        _ if cfg!(unix) => return os_error.and_then(unix_name),
        _ => return None,
    })
}

/// Numbers that have no kind, and that are the same on every Unix.
const fn unix_name(os_error: i32) -> Option<&'static str> {
    Some(match os_error {
        5 => "EIO",
        6 => "ENXIO",
        8 => "ENOEXEC",
        9 => "EBADF",
        10 => "ECHILD",
        14 => "EFAULT",
        19 => "ENODEV",
        23 => "ENFILE",
        24 => "EMFILE",
        25 => "ENOTTY",
        _ => return None,
    })
}

/// Linux; macOS and the BSDs.
const fn is_not_supported(os_error: i32) -> bool {
    matches!(os_error, 95 | 45 | 102)
}

impl Raise for io::Error {
    const THROWS: Option<TypeDesc> = None;

    fn raise<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.plain_error(PlainError::of(&self))
    }
}

impl Raise for Box<dyn Error + Send + Sync> {
    const THROWS: Option<TypeDesc> = None;

    fn raise<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.plain_error(PlainError::of(&*self))
    }
}

impl Raise for Box<dyn Error> {
    const THROWS: Option<TypeDesc> = None;

    fn raise<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        host.plain_error(PlainError::of(&*self))
    }
}

#[cfg(feature = "anyhow")]
impl Raise for anyhow::Error {
    const THROWS: Option<TypeDesc> = None;

    fn raise<W: Writer>(self, host: &mut W) -> Result<W::Value, W::Error> {
        use std::backtrace::BacktraceStatus;

        let backtrace = self.backtrace();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
        host.plain_error(PlainError { backtrace, ..PlainError::of(self.as_ref()) })
    }
}

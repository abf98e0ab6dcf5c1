//! Errors: variant, code, message, fields and sources go out.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]

mod common;

use common::{Host, Value, error, int, plain, text};

#[ponton::bridge(crate = crate::common)]
pub mod failures {
    use std::error::Error;
    use std::io;
    use std::sync::Arc;

    use ponton::HostError;

    #[derive(Clone, Copy, Debug)]
    pub enum Phase {
        Reading,
    }

    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum Failure {
        #[error("nothing at {0}")]
        Missing(u64),
        #[error("between {0} and {1}")]
        Between(u8, u8),
        #[error("i/o in {phase:?}")]
        Io { phase: Phase, source: io::Error },
        #[error("wrapped")]
        Wrapped(#[from] io::Error),
        #[error("{message}")]
        Custom { message: String, name: String, args: Vec<String>, code: u32 },
        #[error("of another")]
        Nested(#[source] Arc<Failure>, u8),
        #[error("closed")]
        Closed,
    }

    pub fn fail(which: u8) -> Result<(), Failure> {
        let inner = || io::Error::other(Failure::Closed);
        Err(match which {
            0 => Failure::Missing(7),
            1 => Failure::Between(1, 2),
            2 => Failure::Io { phase: Phase::Reading, source: inner() },
            3 => io::Error::other("disk").into(),
            4 => {
                let word = || "x".to_owned();
                Failure::Custom { message: word(), name: word(), args: vec![word()], code: 3 }
            }
            5 => Failure::Nested(Arc::new(Failure::Io { phase: Phase::Reading, source: inner() }), 4),
            _ => return Ok(()),
        })
    }

    pub fn fail_plainly(which: u8) -> Result<(), Box<dyn Error + Send + Sync>> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        Err(match which {
            0 => "just text".into(),
            1 => missing().into(),
            2 => Failure::Wrapped(missing()).into(),
            3 => HostError::new("ValueError", "of the host").into(),
            4 => io::Error::other(HostError::new("ValueError", "of the host")).into(),
            _ => return Ok(()),
        })
    }

    pub async fn fail_by_io(which: u8) -> Result<(), io::Error> {
        Err(match which {
            0 => io::Error::new(io::ErrorKind::PermissionDenied, "not yours"),
            1 => io::Error::from_raw_os_error(2),
            _ => return Ok(()),
        })
    }

    #[spawn]
    pub async fn fail_later() -> Result<u32, Failure> {
        Err(Failure::Closed)
    }
}

#[test]
fn an_error_goes_out_with_its_variant_fields_and_sources() {
    let host = Host::of("failures");
    let failure = |which| host.call("fail", [int(which)]).raised();
    let with_sources = |error: Value, sources: &[&str]| {
        let Value::Error(mut error) = error else { panic!("an error") };
        error.sources = sources.iter().map(|source| text(source)).collect();
        Value::Error(error)
    };
    assert_eq!(failure(0), error(["Failure", "Missing", "MISSING"], "nothing at 7", [("value", int(7))]));
    let between = [("value0", int(1)), ("value1", int(2))];
    assert_eq!(failure(1), error(["Failure", "Between", "BETWEEN"], "between 1 and 2", between));
    let io = error(["Failure", "Io", "IO"], "i/o in Reading", [("phase", plain("Phase", "reading"))]);
    assert_eq!(failure(2), with_sources(io, &[" closed"]));
    assert_eq!(failure(3), with_sources(error(["Failure", "Wrapped", "WRAPPED"], "wrapped", []), &[" disk"]));
    let taken = [("message_", text("x")), ("name_", text("x")), ("args", common::list([text("x")])), ("code_", int(3))];
    assert_eq!(failure(4), error(["Failure", "Custom", "CUSTOM"], "x", taken));
    let nested = error(["Failure", "Nested", "NESTED"], "of another", [("value", int(4))]);
    assert_eq!(failure(5), with_sources(nested, &["i/o in Reading", " closed"]));
    assert_eq!(host.call("fail", [int(6)]).value(), Value::None);
    assert_eq!(host.call("fail_later", []).raised(), error(["Failure", "Closed", "CLOSED"], "closed", []));
}

#[test]
#[cfg_attr(miri, ignore = "Miri has other words for the system's errors")]
fn errors_of_no_class_of_the_authors_go_out_as_their_chain() {
    let host = Host::of("failures");
    let boxed = |which| host.call("fail_plainly", [int(which)]).raised();
    let chain = |texts: &[&str]| Value::List(texts.iter().map(|part| text(part)).collect());
    assert_eq!(boxed(0), chain(&["just text"]));
    assert_eq!(boxed(1), chain(&["ENOENT entity not found"]));
    assert_eq!(boxed(2), chain(&["wrapped", "ENOENT entity not found"]));
    assert_eq!(boxed(3), chain(&["ValueError: of the host"]));
    assert_eq!(boxed(4), boxed(3), "io::Error hides it");
    assert_eq!(host.call("fail_plainly", [int(5)]).value(), Value::None);
    let io = |which| host.call("fail_by_io", [int(which)]).raised();
    assert_eq!(io(0), chain(&["EACCES not yours"]));
    #[cfg(unix)]
    assert_eq!(io(1), chain(&["ENOENT No such file or directory"]));
}

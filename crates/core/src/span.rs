//! The `tracing` span of a call: entered whenever code of the author's runs for it.
//!
//! Without the feature `tracing` there is none, and nothing is paid for it.

#[cfg(feature = "tracing")]
mod imp {
    pub use tracing::span::Entered;

    /// A span.
    #[derive(Clone, Debug)]
    pub struct Span(tracing::Span);

    impl Span {
        /// A new one, for a call of the function `name`. Where nobody listens to it, the one around the call goes on.
        pub fn of_call(name: &'static str) -> Self {
            let span = tracing::info_span!(target: "ponton", "call", function = name);
            if span.is_disabled() { Self::current() } else { Self(span) }
        }

        /// The one that is in force here.
        pub fn current() -> Self {
            Self(tracing::Span::current())
        }

        /// Puts it in force on this thread, while what this gives lives.
        pub fn enter(&self) -> Entered<'_> {
            self.0.enter()
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod imp {
    use std::marker::PhantomData;

    /// No span.
    #[derive(Clone, Copy, Debug)]
    pub struct Span;

    /// Nothing.
    #[derive(Debug)]
    pub struct Entered<'a>(PhantomData<&'a Span>);

    impl Span {
        /// None.
        pub const fn of_call(_: &'static str) -> Self {
            Self
        }

        /// None.
        pub const fn current() -> Self {
            Self
        }

        /// Does nothing.
        pub const fn enter(&self) -> Entered<'_> {
            Entered(PhantomData)
        }
    }
}

pub use imp::{Entered, Span};

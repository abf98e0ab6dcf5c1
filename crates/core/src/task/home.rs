//! The thread that a task must stay on.

#[cfg(any(not(target_arch = "wasm32"), target_feature = "atomics"))]
mod imp {
    use std::thread::{self, ThreadId};

    #[derive(Clone, Copy)]
    pub(crate) struct Home(Option<ThreadId>);

    impl Home {
        pub(crate) const ANYWHERE: Self = Self(None);

        pub(crate) fn here() -> Self {
            Self(Some(thread::current().id()))
        }

        pub(crate) fn is_here(self) -> bool {
            self.0.is_none_or(|home| home == thread::current().id())
        }
    }
}

/// Threads and their ids would be linked into every module, for one thread.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
mod imp {
    #[derive(Clone, Copy)]
    pub(crate) struct Home;

    impl Home {
        pub(crate) const ANYWHERE: Self = Self;

        pub(crate) const fn here() -> Self {
            Self
        }

        #[expect(clippy::unused_self, reason = "as elsewhere")]
        pub(crate) const fn is_here(self) -> bool {
            true
        }
    }
}

pub(super) use imp::Home;

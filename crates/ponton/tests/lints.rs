//! The glue raises no lint in an author's crate, however strict. It is checked by compiling.

#![deny(warnings, missing_docs, unreachable_pub, unused, clippy::pedantic, clippy::nursery)]
#![deny(let_underscore_drop, non_ascii_idents, single_use_lifetimes, trivial_casts, unnameable_types)]
#![deny(unused_qualifications, unused_results, variant_size_differences, unsafe_code)]

/// A module with one item of each kind.
#[ponton::bridge]
pub mod api {
    use ponton::prelude::*;

    /// A row.
    #[record]
    #[derive(Clone, Debug)]
    pub struct Row {
        /// Its number.
        pub id: u64,
    }

    /// A level.
    #[derive(Clone, Copy, Debug)]
    pub enum Level {
        /// Low.
        Low,
    }

    /// A shape.
    #[derive(Clone, Debug)]
    pub enum Shape {
        /// Round.
        Circle(f64),
        /// Nothing.
        Empty,
    }

    /// A failure.
    #[error]
    #[derive(Debug, thiserror::Error)]
    pub enum Failure {
        /// Closed.
        #[error("closed")]
        Closed,
    }

    /// A client.
    #[object]
    #[derive(Debug)]
    pub struct Client {
        url: String,
    }

    impl Client {
        /// Makes one.
        #[must_use]
        pub const fn new(url: String) -> Self {
            Self { url }
        }

        /// Where to.
        #[getter]
        #[must_use]
        pub fn url(&self) -> String {
            self.url.clone()
        }

        /// Gets.
        ///
        /// # Errors
        /// When closed.
        pub async fn get(&self, row: Row, #[default(Shape::Empty)] shape: Shape) -> Result<Row, Failure> {
            std::future::ready(()).await;
            if self.url.is_empty() && matches!(shape, Shape::Empty) { Err(Failure::Closed) } else { Ok(row) }
        }
    }

    /// How long.
    #[must_use]
    pub const fn length(text: &str, level: Level) -> usize {
        match level {
            Level::Low => text.len(),
        }
    }

    /// Later.
    #[deprecated = "use `length`"]
    #[spawn]
    pub async fn later(wait: Duration) -> Duration {
        std::future::ready(wait).await
    }

    /// What a host implements.
    #[callback]
    pub trait Store {
        /// Reads.
        async fn read(&self, #[number] id: u64) -> Result<u64, Failure>;
        /// Says.
        #[overflow(drop_oldest, capacity = 4)]
        fn say(&self, line: String);
    }

    /// Asks in every way.
    ///
    /// # Errors
    /// When closed.
    #[local]
    pub async fn ask(
        store: Arc<dyn Store>,
        each: impl AsyncFn(u32, String) -> Result<u32, HostError>,
        keep: Option<impl Fn(u32) -> bool>,
        #[overflow(coalesce)] progress: Box<dyn Fn(u32) + Send + Sync>,
        done: Option<impl Fn(u32) -> BoxFuture<'static, ()>>,
    ) -> Result<u64, Failure> {
        let found = each(1, String::new()).await.unwrap_or_default();
        progress(found);
        store.say(String::new());
        if let (Some(keep), Some(done)) = (keep, done)
            && keep(found)
        {
            done(found).await;
        }
        store.read(found.into()).await
    }

    /// Takes its time.
    #[blocking]
    #[must_use]
    pub fn hash(data: Vec<u8>) -> usize {
        data.len()
    }
}

/// A module that nobody outside sees.
#[ponton::bridge]
mod private {
    /// Used by hosts alone.
    #[record]
    pub struct Row {
        /// Its number.
        pub id: u64,
    }

    /// Used by hosts alone.
    pub const fn row(row: Row) -> u64 {
        row.id
    }
}

#[test]
fn the_author_s_items_are_as_they_were() {
    let client = api::Client::new("mem://".to_owned());
    assert_eq!(client.url(), "mem://");
    assert_eq!(private::row(private::Row { id: 1 }), 1);
}

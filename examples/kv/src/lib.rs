//! A tiny key-value client, written once. Its rows live in memory; the latency of a network is played by a timer.

#[cfg(test)]
mod tests;

/// A tiny key-value client.
#[ponton::bridge]
pub mod kv {
    use std::collections::BTreeMap;
    use std::sync::{Mutex, PoisonError};

    use ponton::prelude::*;
    use ponton::time::{sleep, timeout};

    /// One stored row.
    #[record]
    #[derive(Clone, Debug, PartialEq)]
    pub struct Row {
        /// Its key.
        pub id: u64,
        /// What is stored.
        pub body: Bytes,
    }

    /// Why a call failed.
    #[error]
    #[derive(Debug, PartialEq, thiserror::Error)]
    pub enum KvError {
        /// The URL does not begin with `mem://`.
        #[error("cannot connect to {url:?}: only mem:// is known")]
        BadUrl {
            /// The URL that was given.
            url: String,
        },
        /// There is no such row.
        #[error("row {id} not found")]
        NotFound {
            /// The key that was asked for.
            id: u64,
        },
        /// The store did not answer in time.
        #[error("timed out after {after:?}")]
        Timeout {
            /// How long it was waited for.
            after: Duration,
        },
        /// The connection was closed.
        #[error("the connection is closed")]
        Closed,
        /// The store takes no such token.
        #[error("the token for {scope:?} was refused")]
        Denied {
            /// What the token was to allow.
            scope: String,
        },
    }

    /// Where tokens come from: implemented by the host, asked by Rust.
    #[callback]
    pub trait Auth {
        /// A token that allows `scope`.
        async fn token(&self, scope: String) -> Result<String, KvError>;
    }

    /// A connection.
    #[object]
    pub struct Client {
        url: String,
        latency: Duration,
        /// `None` once closed.
        rows: Mutex<Option<BTreeMap<u64, Bytes>>>,
    }

    impl Client {
        /// Connects to the store at `url`, which takes `latency` to answer each request. Where there is an `auth`, it is
        /// asked for a token first.
        pub async fn connect(
            url: String,
            #[default(Duration::ZERO)] latency: Duration,
            auth: Option<Arc<dyn Auth>>,
        ) -> Result<Self, KvError> {
            if !url.starts_with("mem://") {
                return Err(KvError::BadUrl { url });
            }
            if let Some(auth) = auth {
                let scope = "read write".to_owned();
                let token = auth.token(scope.clone()).await?;
                if token.is_empty() {
                    return Err(KvError::Denied { scope });
                }
            }
            sleep(latency).await;
            Ok(Self { url, latency, rows: Mutex::new(Some(BTreeMap::new())) })
        }

        /// Where it is connected to.
        #[getter]
        pub fn url(&self) -> String {
            self.url.clone()
        }

        /// The row with the key `id`, if there is one.
        pub async fn get(&self, id: u64) -> Result<Option<Row>, KvError> {
            self.request(None, |rows| rows.get(&id).map(|body| Row { id, body: body.clone() })).await
        }

        /// Stores `row` and gives the one it replaces. Fails when the store needs longer than `limit`.
        pub async fn put(&self, row: Row, limit: Option<Duration>) -> Result<Option<Row>, KvError> {
            let id = row.id;
            self.request(limit, |rows| rows.insert(id, row.body).map(|body| Row { id, body })).await
        }

        /// Stores `rows` one after the other, and tells `progress` how many are done.
        pub async fn load(&self, rows: Vec<Row>, #[number] progress: Option<impl Fn(u64)>) -> Result<u64, KvError> {
            let mut done = 0;
            for Row { id, body } in rows {
                self.request(None, |rows| rows.insert(id, body)).await?;
                done += 1;
                if let Some(progress) = &progress {
                    progress(done);
                }
            }
            Ok(done)
        }

        /// Removes the row with the key `id` and gives it.
        pub async fn delete(&self, id: u64) -> Result<Row, KvError> {
            let removed = self.request(None, |rows| rows.remove(&id)).await?;
            removed.map(|body| Row { id, body }).ok_or(KvError::NotFound { id })
        }

        /// The keys of all rows, ascending.
        pub async fn keys(&self) -> Result<Vec<u64>, KvError> {
            self.request(None, |rows| rows.keys().copied().collect()).await
        }

        /// Closes the connection; what is called afterwards fails with `Closed`.
        pub async fn close(&self) {
            self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        }

        /// One request: the way there and back, then `work` at once. Stopped before that, it has changed nothing.
        async fn request<T>(
            &self,
            limit: Option<Duration>,
            work: impl FnOnce(&mut BTreeMap<u64, Bytes>) -> T,
        ) -> Result<T, KvError> {
            match limit {
                Some(after) => timeout(after, sleep(self.latency)).await.map_err(|_| KvError::Timeout { after })?,
                None => sleep(self.latency).await,
            }
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.as_mut().map(work).ok_or(KvError::Closed)
        }
    }
}

//! The core, tested as any Rust: no Python, no Node, no browser.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use ponton::runtime::block_on;

use crate::kv::{Auth, Client, KvError, Row};

fn row(id: u64, body: &'static str) -> Row {
    Row { id, body: body.into() }
}

async fn connect(url: &str, latency: Duration) -> Result<Client, KvError> {
    Client::connect(url.to_owned(), latency, None).await
}

#[test]
fn rows_come_back_as_they_were_put() {
    block_on(async {
        let client = connect("mem://", Duration::ZERO).await.unwrap();
        assert_eq!(client.get(7).await, Ok(None));
        assert_eq!(client.put(row(7, "a"), None).await, Ok(None));
        assert_eq!(client.put(row(7, "b"), None).await, Ok(Some(row(7, "a"))));
        assert_eq!(client.get(7).await, Ok(Some(row(7, "b"))));
        assert_eq!(client.keys().await, Ok(vec![7]));
        assert_eq!(client.delete(7).await, Ok(row(7, "b")));
        assert_eq!(client.delete(7).await, Err(KvError::NotFound { id: 7 }));
    });
}

#[test]
fn a_closed_client_says_so() {
    block_on(async {
        let client = connect("mem://", Duration::ZERO).await.unwrap();
        client.close().await;
        assert_eq!(client.get(1).await, Err(KvError::Closed));
    });
}

#[test]
fn other_urls_are_refused() {
    let refused = block_on(connect("http://x", Duration::ZERO));
    assert_eq!(refused.err(), Some(KvError::BadUrl { url: "http://x".to_owned() }));
}

#[test]
fn a_put_that_times_out_changes_nothing() {
    block_on(async {
        let client = connect("mem://", Duration::from_millis(50)).await.unwrap();
        let after = Duration::ZERO;
        assert_eq!(client.put(row(1, "a"), Some(after)).await, Err(KvError::Timeout { after }));
        assert_eq!(client.get(1).await, Ok(None));
    });
}

/// What a host would implement.
struct Token(&'static str);

#[ponton::callback]
impl Auth for Token {
    async fn token(&self, _: String) -> Result<String, KvError> {
        Ok(self.0.to_owned())
    }
}

#[test]
fn a_token_is_asked_for() {
    let with = |token| block_on(Client::connect("mem://".to_owned(), Duration::ZERO, Some(Arc::new(Token(token)))));
    assert!(with("secret").is_ok());
    assert_eq!(with("").err(), Some(KvError::Denied { scope: "read write".to_owned() }));
}

#[test]
fn loading_tells_how_far_it_is() {
    block_on(async {
        let client = connect("mem://", Duration::ZERO).await.unwrap();
        let told = Cell::new(0);
        let progress = |done| told.set(done);
        assert_eq!(client.load(vec![row(1, "a"), row(2, "b")], Some(progress)).await, Ok(2));
        assert_eq!(told.get(), 2);
    });
}

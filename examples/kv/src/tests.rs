//! The core, tested as any Rust: no Python, no Node, no browser.

use std::time::Duration;

use ponton::runtime::block_on;

use crate::kv::{Client, KvError, Row};

fn row(id: u64, body: &'static str) -> Row {
    Row { id, body: body.into() }
}

#[test]
fn rows_come_back_as_they_were_put() {
    block_on(async {
        let client = Client::connect("mem://".to_owned(), Duration::ZERO).await.unwrap();
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
        let client = Client::connect("mem://".to_owned(), Duration::ZERO).await.unwrap();
        client.close().await;
        assert_eq!(client.get(1).await, Err(KvError::Closed));
    });
}

#[test]
fn other_urls_are_refused() {
    let refused = block_on(Client::connect("http://x".to_owned(), Duration::ZERO));
    assert_eq!(refused.err(), Some(KvError::BadUrl { url: "http://x".to_owned() }));
}

#[test]
fn a_put_that_times_out_changes_nothing() {
    block_on(async {
        let client = Client::connect("mem://".to_owned(), Duration::from_millis(50)).await.unwrap();
        let after = Duration::ZERO;
        assert_eq!(client.put(row(1, "a"), Some(after)).await, Err(KvError::Timeout { after }));
        assert_eq!(client.get(1).await, Ok(None));
    });
}

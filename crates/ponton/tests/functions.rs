//! Functions: how the glue calls them, what may be left out, and what is not bridged.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]

mod common;

use std::time::Duration;

use common::{Host, Ran, Value, int, text};

#[ponton::bridge(crate = crate::common)]
pub mod calls {
    use std::rc::Rc;

    use ponton::prelude::*;

    const STEP: u32 = 3;

    /// Shadows nothing of the glue, whatever its name.
    pub fn call(call: u32, this: u32, value: u32, host: u32) -> u32 {
        call * 1000 + this * 100 + value * 10 + host
    }

    pub fn sync(a: i32, mut b: i32) -> i32 {
        b += 1;
        a + b
    }

    pub async fn ready() {}

    pub async fn later(n: u32) -> u32 {
        pending_once().await;
        n
    }

    #[spawn]
    pub async fn heavy(n: u32) -> u32 {
        n
    }

    #[local]
    pub async fn pinned() -> u32 {
        let shared = Rc::new(7);
        pending_once().await;
        *shared
    }

    #[blocking]
    pub fn slow(data: Vec<u8>) -> usize {
        data.len()
    }

    #[setup]
    pub fn configure(threads: Option<u32>) -> u32 {
        threads.unwrap_or(1)
    }

    pub fn page(
        start: u32,
        #[default(2 * STEP)] size: u32,
        #[default(Duration::from_millis(call(0, 0, 0, 5).into()))] wait: Duration,
        filter: Option<String>,
    ) -> (u32, u32, Duration, Option<String>) {
        (start, size, wait, filter)
    }

    pub fn r#match(r#type: String, from: String) -> String {
        r#type + &from
    }

    #[skip]
    pub fn for_rust<T>(value: T) -> T {
        value
    }

    pub(crate) fn for_the_crate(value: &mut u8) {
        *value += 1;
    }

    #[cfg(any())]
    pub fn left_out(value: NoSuchType) {}

    #[cfg(any())]
    pub fn either() -> u32 {
        1
    }

    #[cfg(not(any()))]
    pub fn either() -> u32 {
        2
    }

    #[cfg(any())]
    #[record]
    pub struct LeftOut {
        pub field: NoSuchType,
    }

    async fn pending_once() {
        let mut polled = false;
        std::future::poll_fn(|cx| {
            if std::mem::replace(&mut polled, true) {
                return std::task::Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}

fn answer(name: &str, args: Vec<Option<Value>>) -> Result<Value, String> {
    Host::of("calls").try_call(name, None, args).map(common::Answer::value).map_err(|error| error.to_string())
}

#[test]
fn each_mode_is_run_its_way() {
    let host = Host::of("calls");
    for (name, args, ran, value) in [
        ("sync", vec![int(1), int(2)], Ran::Sync, int(4)),
        ("ready", vec![], Ran::Future, Value::None),
        ("later", vec![int(5)], Ran::Future, int(5)),
        ("heavy", vec![int(6)], Ran::Spawn, int(6)),
        ("pinned", vec![], Ran::Local, int(7)),
        ("slow", vec![common::bytes(b"abc")], Ran::Blocking, int(3)),
        ("configure", vec![int(2)], Ran::Setup, int(2)),
    ] {
        let answer = host.try_call(name, None, args.into_iter().map(Some).collect()).unwrap();
        assert_eq!(answer.ran, ran, "{name}");
        assert_eq!(answer.value(), value, "{name}");
    }
}

#[test]
fn parameters_named_as_the_glue_s_own_are_the_author_s() {
    assert_eq!(Host::of("calls").call("call", [int(1), int(2), int(3), int(4)]).value(), int(1234));
    assert_eq!(Host::of("calls").call("match", [text("a"), text("b")]).value(), text("ab"));
}

#[test]
fn what_is_left_out_takes_its_default() {
    let wait = |ms| Value::Duration(Duration::from_millis(ms));
    let page = |start, size, ms, filter| common::tuple([int(start), int(size), wait(ms), filter]);
    assert_eq!(answer("page", vec![Some(int(1))]), Ok(page(1, 6, 5, Value::None)));
    let given = vec![Some(int(1)), Some(int(2)), Some(wait(3)), Some(text("x"))];
    assert_eq!(answer("page", given), Ok(page(1, 2, 3, text("x"))));
    let by_name = vec![Some(int(1)), None, None, Some(text("x"))];
    assert_eq!(answer("page", by_name), Ok(page(1, 6, 5, text("x"))));
    assert_eq!(answer("page", vec![]), Err("start: missing".to_owned()));
    assert_eq!(
        answer("page", vec![Some(int(1)), Some(text("x"))]).unwrap_err(),
        "size: expected an integer, got Text(\"x\")"
    );
}

#[test]
fn private_skipped_and_cfg_d_out_items_are_not_bridged() {
    let visited = Host::of("calls").visited;
    assert_eq!(
        visited,
        ["call", "sync", "ready", "later", "heavy", "pinned", "slow", "configure", "page", "match", "either"]
    );
    assert_eq!(Host::of("calls").call("either", []).value(), int(2));
    let mut value = calls::for_rust(1);
    calls::for_the_crate(&mut value);
    assert_eq!(value, 2);
}

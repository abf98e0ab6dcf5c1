//! The same host code, in the forms that authors write it in.

#![allow(missing_docs, unreachable_pub, reason = "bridge modules of a test")]

mod common;

use common::{Host, Value, function, int, text};

/// Types that come in the group of a `$t:ty`.
macro_rules! module {
    ($text:ty, $f:ty, $boxed:ty, $stores:ty) => {
        #[ponton::bridge(crate = crate::common)]
        pub mod forms {
            use ponton::prelude::*;

            #[callback]
            pub trait Store: Send + Sync + 'static {
                async fn get(self: &Self) -> u32;
            }

            pub async fn first(stores: $stores) -> u32 {
                stores[0].get().await
            }

            pub fn length(text: $text) -> usize {
                text.len()
            }

            pub async fn plain(f: $f) -> u32 {
                f(1);
                1
            }

            pub async fn boxed(f: $boxed) -> u32 {
                f(2).await
            }

            #[allow(unused_parens)]
            pub async fn parenthesised(
                f: Box<(dyn Fn(u32) + Send + Sync)>,
                g: (Option<(impl AsyncFn() -> (u32))>),
            ) -> u32 {
                f(1);
                if let Some(g) = g { g().await } else { 0 }
            }

            pub fn with_default(
                #[default(2)] n: u32,
                each: Option<impl Fn(u32)>,
                keep: Option<impl Fn(u32) -> bool>,
            ) -> u32 {
                if let Some(each) = each {
                    each(n);
                }
                keep.map_or(0, |keep| u32::from(keep(n)))
            }

            pub async fn awaits_with_default(#[default(2)] n: u32, f: Option<impl AsyncFn(u32) -> u32>) -> u32 {
                if let Some(f) = f { f(n).await } else { n }
            }

            // Names that meet when they are strung together.
            pub async fn a_b(c: impl AsyncFn() -> u32) -> u32 {
                c().await
            }

            pub async fn a(b_c: impl AsyncFn() -> u32, c: impl AsyncFn() -> u32) -> u32 {
                b_c().await + c().await
            }

            pub async fn a_0(c: impl AsyncFn() -> u32) -> u32 {
                c().await
            }

            #[object]
            pub struct A;

            impl A {
                pub async fn b(&self, c: impl AsyncFn() -> u32) -> u32 {
                    c().await
                }
            }

            #[object]
            #[allow(non_camel_case_types)]
            pub struct A_b;

            impl A_b {
                pub async fn c(&self, c: impl AsyncFn() -> u32) -> u32 {
                    c().await
                }
            }
        }
    };
}

module!(
    &str,
    Arc<dyn Fn(u32) + Send + Sync>,
    Box<dyn Fn(u32) -> BoxFuture<'static, u32> + Send + Sync>,
    Vec<Arc<dyn Store>>
);

fn five() -> Value {
    function(|_| Ok(int(5)))
}

#[test]
fn types_may_come_from_a_macro_or_stand_in_parentheses() {
    let host = Host::of("forms");
    assert_eq!(host.call("length", [text("four")]).value(), int(4));
    assert_eq!(host.call("plain", [five()]).value(), int(1));
    assert_eq!(host.call("boxed", [five()]).value(), int(5));
    assert_eq!(host.call("parenthesised", [five(), five()]).value(), int(5));
}

#[test]
fn an_optional_function_may_follow_a_default() {
    let host = Host::of("forms");
    let call = |name, args| host.try_call(name, None, args).unwrap().value();
    assert_eq!(call("with_default", vec![]), int(0));
    assert_eq!(
        call("with_default", vec![None, None, Some(function(|args| Ok(Value::Bool(args == [int(2)]))))]),
        int(1)
    );
    assert_eq!(call("awaits_with_default", vec![Some(int(3))]), int(3));
    assert_eq!(call("awaits_with_default", vec![None, Some(five())]), int(5));
}

#[test]
fn functions_of_like_names_are_told_apart() {
    let host = Host::of("forms");
    assert_eq!(host.call("a_b", [five()]).value(), int(5));
    assert_eq!(host.call("a", [five(), five()]).value(), int(10));
    assert_eq!(host.call("a_0", [five()]).value(), int(5));
}

#[test]
fn a_trait_may_say_what_holds_anyway() {
    let Value::Function(get) = five() else { panic!("a function") };
    let store = Value::Methods([("get", get)].into());
    assert_eq!(Host::of("forms").call("first", [Value::List(vec![store])]).value(), int(5));
}

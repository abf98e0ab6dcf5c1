//! With the feature `tracing`: the span of a call is in force wherever code of the author's runs for it.
#![cfg(feature = "tracing")]

use std::fmt;
use std::future::{Future, pending};
use std::sync::{Arc, Mutex};

use ponton_core::module::Return;
use ponton_core::task::{Job, Task, TaskHost};
use ponton_native::runtime;
use ponton_native::task::{spawn, spawn_blocking, yield_now};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

/// Notes each event with the spans that it is in, outermost first.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

/// What a span is called: the function of a call's.
struct Name(String);

/// Reads the field that tells: `message` of an event, `function` of a call.
struct Tells(String);

impl Visit for Tells {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if matches!(field.name(), "message" | "function") {
            self.0 = format!("{value:?}").trim_matches('"').to_owned();
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Notes {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut tells = Tells(attributes.metadata().name().to_owned());
        attributes.record(&mut tells);
        context.span(id).unwrap().extensions_mut().insert(Name(tells.0));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut tells = Tells(String::new());
        event.record(&mut tells);
        let spans = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let mut path: Vec<_> = spans.map(|span| span.extensions().get::<Name>().unwrap().0.clone()).collect();
        path.push(tells.0);
        self.0.lock().unwrap().push(path.join("/"));
    }
}

/// Polls on this thread.
#[derive(Clone, Default)]
struct Host(Arc<Mutex<Vec<Job>>>);

impl TaskHost for Host {
    type Guard = runtime::Guard;
    fn enter(&self) -> runtime::Guard {
        runtime::enter()
    }
    fn schedule(&self, job: Job) {
        self.0.lock().unwrap().push(job);
    }
    fn completed<F>(_: Arc<Task<F, Self>>)
    where
        F: Future + 'static,
        F::Output: Return,
    {
    }
}

struct Says(&'static str);

impl Drop for Says {
    fn drop(&mut self) {
        tracing::info!("{}", self.0);
    }
}

#[test]
fn it_is_entered_at_every_poll_at_the_drop_and_in_what_the_call_spawns() {
    let notes = Notes::default();
    tracing::subscriber::set_global_default(Registry::default().with(notes.clone())).unwrap();
    let host = Host::default();
    let future = async {
        let _says = Says("dropped");
        tracing::info!("first poll");
        yield_now().await;
        tracing::info!("second poll");
        spawn(async {
            tracing::info!("spawned");
            yield_now().await;
            tracing::info!("spawned, later");
        })
        .await
        .unwrap();
        spawn_blocking(|| tracing::info!("blocking")).await.unwrap();
        pending::<()>().await;
    };
    let task = tracing::info_span!("request").in_scope(|| Task::new("Client.get", future, host.clone()));
    let _ = task.poll_first();
    let said = |text: &str| notes.0.lock().unwrap().iter().any(|note| note.ends_with(text));
    while !said("blocking") {
        let due = std::mem::take(&mut *host.0.lock().unwrap());
        due.into_iter().for_each(Job::run);
        std::thread::yield_now();
    }
    tracing::info!("outside");
    task.cancel();
    let expected = [
        "request/Client.get/first poll",
        "request/Client.get/second poll",
        "request/Client.get/spawned",
        "request/Client.get/spawned, later",
        "request/Client.get/blocking",
        "outside",
        "request/Client.get/dropped",
    ];
    assert_eq!(*notes.0.lock().unwrap(), expected);
}

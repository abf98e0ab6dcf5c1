//! The linked bridge modules, with their functions numbered as `runtime.js` numbers them.

use ponton_core::desc::{EnumDesc, FnDesc, RecordDesc};
use ponton_core::module::{Function, Module, Object, ObjectVisitor, TypeSlot, Visitor};

/// How a host compiles a function into something it can store.
pub trait Compile: 'static {
    /// A function pointer, as a rule.
    type Thunk: Copy;
    /// [`Function::call`] with the host's own call.
    fn compile<F: Function>() -> Self::Thunk;
}

/// One function.
#[derive(Clone, Copy, Debug)]
pub struct Entry<T> {
    /// Its description.
    pub desc: &'static FnDesc,
    /// The class it belongs to.
    pub class: Option<&'static str>,
    /// What calls it.
    pub thunk: T,
}

/// Everything that the linked modules offer.
#[derive(Debug)]
pub struct Registry<C: Compile> {
    functions: Vec<Entry<C::Thunk>>,
    modules: Vec<&'static str>,
    /// By the slots' own numbers, which are few and dense.
    ordinals: Vec<Option<u32>>,
    objects: u32,
    errors: u32,
}

impl<C: Compile> Registry<C> {
    /// Without modules.
    #[expect(clippy::new_without_default, reason = "an empty registry is no sensible default")]
    pub fn new() -> Self {
        Self { functions: Vec::new(), modules: Vec::new(), ordinals: Vec::new(), objects: 0, errors: 0 }
    }

    /// Adds a module. The order of calls is the order of [`Self::modules`].
    ///
    /// # Panics
    /// When the module's JSON is not text; the macro makes sure of that.
    pub fn add<M: Module>(&mut self) {
        self.modules.push(std::str::from_utf8(M::JSON).expect("a description is UTF-8"));
        // Ids count a module's free functions first, whatever the order it names its items in.
        let mut objects = Vec::new();
        M::visit(&mut Visit::<C> { registry: self, objects: &mut objects });
        self.functions.append(&mut objects);
    }

    /// Function `id`.
    pub fn function(&self, id: usize) -> Option<&Entry<C::Thunk>> {
        self.functions.get(id)
    }

    /// The description of each module, as JSON.
    pub fn modules(&self) -> &[&'static str] {
        &self.modules
    }

    /// The place of a class among the classes, of an error among the errors.
    ///
    /// # Panics
    /// When the type's module is not linked into this artifact as a bridge module.
    pub fn ordinal(&self, slot: &'static TypeSlot) -> u32 {
        let ordinal = self.ordinals.get(slot.index()).copied();
        ordinal.flatten().expect("the bridge module that declares this type is registered")
    }
}

impl<C: Compile> Registry<C> {
    fn number(&mut self, slot: &'static TypeSlot, ordinal: u32) {
        let index = slot.index();
        if self.ordinals.len() <= index {
            self.ordinals.resize(index + 1, None);
        }
        self.ordinals[index] = Some(ordinal);
    }
}

struct Visit<'a, C: Compile> {
    registry: &'a mut Registry<C>,
    objects: &'a mut Vec<Entry<C::Thunk>>,
}

impl<C: Compile> Visitor for Visit<'_, C> {
    fn function<F: Function>(&mut self) {
        self.registry.functions.push(Entry { desc: F::DESC, class: None, thunk: C::compile::<F>() });
    }

    fn object<T: Object>(&mut self) {
        self.registry.number(T::slot(), self.registry.objects);
        self.registry.objects += 1;
        T::visit(&mut VisitObject::<C> { class: T::DESC.name, functions: self.objects });
    }

    fn record(&mut self, _: &'static RecordDesc, _: &'static TypeSlot) {}

    fn enumeration(&mut self, _: &'static EnumDesc, _: &'static TypeSlot) {}

    fn error(&mut self, _: &'static EnumDesc, slot: &'static TypeSlot) {
        self.registry.number(slot, self.registry.errors);
        self.registry.errors += 1;
    }
}

struct VisitObject<'a, C: Compile> {
    class: &'static str,
    functions: &'a mut Vec<Entry<C::Thunk>>,
}

impl<C: Compile> ObjectVisitor for VisitObject<'_, C> {
    fn function<F: Function>(&mut self) {
        self.functions.push(Entry { desc: F::DESC, class: Some(self.class), thunk: C::compile::<F>() });
    }
}

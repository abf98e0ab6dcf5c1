//! Functions and methods: reading arguments, calling, answering.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use super::desc::{is_lent, read_as};
use super::{at, host, on, plain, type_of};
use crate::ir::{Function, Kind, Mode, Param, Receiver};

/// The zero-sized type of a function, and its `Function`.
pub(super) fn function(function: &Function, id: &Ident, root: &Path) -> TokenStream {
    let Function { cfgs, .. } = function;
    let name = type_of(id);
    let (call, this) = (local("call"), local("this"));
    let receiver = function
        .owner
        .as_ref()
        .filter(|_| function.receiver.is_some())
        .map(|owner| quote!(let #this = __p::Call::receiver::<#owner>(&mut #call)?;));
    let signatures = host::signatures(&function.params, cfgs);
    // What is lent is looked at last: reading any other may run the host's code, which could write to it or free it.
    let (lent, others): (Vec<_>, Vec<_>) = function.params.iter().enumerate().partition(|(_, param)| is_lent(param));
    let reads = others.into_iter().chain(lent).map(read);
    let answer = answer(function);
    let assert = (function.mode == Mode::Blocking).then(|| {
        let name = plain(&function.ident);
        let span = at(&function.ident);
        let root = root.to_token_stream().into_iter().map(|mut token| {
            token.set_span(span);
            token
        });
        let assert = quote_spanned!(span=> #(#root)*::__assert_may_block!(#name););
        quote!(#(#cfgs)* #assert)
    });
    quote! {
        #assert
        #signatures
        #(#cfgs)*
        struct #name;
        #(#cfgs)*
        impl __p::Function for #name {
            const DESC: &'static __p::FnDesc = &__D::#id;
            fn call<__C: __p::Call>(mut #call: __C) -> ::core::result::Result<__C::Return, __C::Error> {
                #receiver
                #(#reads)*
                #answer
            }
        }
    }
}

/// A local of the glue: the author's code in it does not see it, and may have functions of that name.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn variable(index: usize) -> Ident {
    local(&format!("arg{index}"))
}

fn read((index, param): (usize, &Param)) -> TokenStream {
    let (call, variable, ty) = (local("call"), variable(index), read_as(param));
    match &param.default {
        None => quote!(let #variable = __p::Call::arg::<#ty>(&mut #call, #index)?;),
        Some(default) => {
            // A function of its own, so that the author's expression sees none of the glue's locals.
            quote! {
                let #variable = {
                    fn __default() -> #ty {
                        #default
                    }
                    __p::Call::arg_or::<#ty>(&mut #call, #index, __default)?
                };
            }
        }
    }
}

/// The call of the author's function, and what becomes of it. All of it stands at the function's name: errors point there.
fn answer(function: &Function) -> TokenStream {
    let Function { owner, kind, mode, setup, number, .. } = function;
    let span = at(&function.ident);
    let (call, object) = (local("call"), local("this"));
    let mut name = function.ident.clone();
    name.set_span(span);
    let this = match function.receiver {
        Some(Receiver::Ref) => quote_spanned!(span=> &#object,),
        Some(Receiver::Arc) => quote_spanned!(span=> #object,),
        None => TokenStream::new(),
    };
    let args = function.params.iter().enumerate().map(|(index, param)| {
        let (variable, ty) = (variable(index), &param.ty);
        if let Some(function) = &param.function {
            host::closure(function, param.number, &variable)
        } else if param.borrowed {
            if is_lent(param) {
                quote!(&*#variable)
            } else {
                quote_spanned!(on(ty)=> <#ty as __p::Borrowed>::borrowed(&#variable))
            }
        } else {
            quote!(#variable)
        }
    });
    let path = owner.as_ref().map(|owner| quote_spanned!(span=> <#owner>::));
    let called = quote_spanned!(span=> #path #name(#this #(#args),*));

    let is_async = matches!(mode, Mode::Async | Mode::Spawn | Mode::Local);
    let value = if is_async { quote_spanned!(span=> #called.await) } else { called.clone() };
    let value = if number.is_on() { quote_spanned!(span=> __p::numbers(#value)) } else { value };
    let body = match (is_async, function.receiver) {
        (false, _) => quote_spanned!(span=> move || #value),
        // The author's future as it is.
        (true, None) if !number.is_on() => called,
        // A future that borrows the object needs one around it that owns the object.
        (true, _) => quote_spanned!(span=> async move { #value }),
    };
    let method = match mode {
        _ if *kind == Kind::Constructor => quote_spanned!(span=> construct::<#owner, _>),
        Mode::Sync if *setup => quote_spanned!(span=> setup),
        Mode::Sync => quote_spanned!(span=> sync),
        Mode::Async => quote_spanned!(span=> future),
        Mode::Spawn => quote_spanned!(span=> spawn),
        Mode::Local => quote_spanned!(span=> local),
        Mode::Blocking => quote_spanned!(span=> blocking),
    };
    if *mode == Mode::Async && *kind != Kind::Constructor {
        return quote_spanned! {span=> {
            static HABIT: __p::Habit = __p::Habit::new();
            __p::Call::#method(#call, &HABIT, #body)
        }};
    }
    quote_spanned!(span=> __p::Call::#method(#call, #body))
}

//! Records and enums: how they are read and written.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{at, plain, slot_of};
use crate::ir::{Causes, Cfgs, Enum, Field, Record, Variant};

/// Where a declared type stands in the type table.
pub(super) fn bridged(ident: &Ident, cfgs: &Cfgs, row: &TokenStream) -> TokenStream {
    let name = plain(ident);
    quote! {
        #(#cfgs)*
        impl __p::Bridged for #ident {
            const TYPE: __p::TypeDesc = __p::TypeDesc::#row { name: #name, module: __MODULE_NAME };
        }
    }
}

/// The slot, `Bridged`, and `Borrowed` for what is copied.
fn copied(ident: &Ident, cfgs: &Cfgs, id: &Ident, row: &TokenStream) -> TokenStream {
    let slot = slot_of(id);
    let bridged = bridged(ident, cfgs, row);
    quote! {
        #(#cfgs)*
        static #slot: __p::TypeSlot = __p::TypeSlot::new();
        #bridged
        #(#cfgs)*
        impl __p::Borrowed for #ident {
            type Owned = Self;
            fn borrowed(owned: &Self) -> &Self {
                owned
            }
        }
    }
}

/// The glue of a `#[record]`.
pub(super) fn record(record: &Record, id: &Ident) -> TokenStream {
    let Record { ident, cfgs, fields, .. } = record;
    let slot = slot_of(id);
    let copied = copied(ident, cfgs, id, &quote!(Record));
    let reads = reads(fields);
    let (pattern, values) = writes(fields);
    let from = from_host(
        ident,
        cfgs,
        &quote! {
            let mut fields = __p::Reader::record(value, &__D::#id, &#slot)?;
            ::core::result::Result::Ok(Self { #reads })
        },
    );
    let into = into_host(
        ident,
        cfgs,
        &quote! {
            let Self { #pattern } = self;
            let values = #values;
            __p::Writer::record(host, &__D::#id, &#slot, values)
        },
    );
    quote!(#copied #from #into)
}

/// The glue of an enum, plain or with data.
pub(super) fn enumeration(item: &Enum, id: &Ident) -> TokenStream {
    let Enum { ident, cfgs, variants, .. } = item;
    let slot = slot_of(id);
    let (row, read, write);
    if item.has_data() {
        row = quote!(Union);
        let arms = arms(variants, |v| reads(&v.fields));
        read = quote! {
            let (index, mut fields) = __p::Reader::union(value, &__D::#id, &#slot)?;
            ::core::result::Result::Ok(match index { #arms })
        };
        let arms = variants.iter().enumerate().map(|(index, Variant { ident, fields, .. })| {
            let (pattern, values) = writes(fields);
            quote! {
                Self::#ident { #pattern } => {
                    let values = #values;
                    __p::Writer::union(host, &__D::#id, &#slot, #index, values)
                }
            }
        });
        write = quote!(match self { #(#arms)* });
    } else {
        row = quote!(Enum);
        let arms = arms(variants, |_| TokenStream::new());
        read = quote! {
            ::core::result::Result::Ok(match __p::Reader::plain_enum(value, &__D::#id, &#slot)? { #arms })
        };
        let indices =
            variants.iter().enumerate().map(|(index, Variant { ident, .. })| quote!(Self::#ident { .. } => #index,));
        write = quote! {
            let index = match self { #(#indices)* };
            __p::Writer::plain_enum(host, &__D::#id, &#slot, index)
        };
    }
    let copied = copied(ident, cfgs, id, &row);
    let from = from_host(ident, cfgs, &read);
    let into = into_host(ident, cfgs, &write);
    quote!(#copied #from #into)
}

/// The glue of an `#[error]`: it goes out as an exception, and comes in when code of the host's raises one.
pub(super) fn error(item: &Enum, id: &Ident) -> TokenStream {
    let Enum { ident, cfgs, variants, .. } = item;
    let slot = slot_of(id);
    let bridged = bridged(ident, cfgs, &quote!(Error));
    let arms = variants.iter().enumerate().map(|(index, Variant { ident, fields, .. })| {
        let (pattern, values) = writes(fields);
        quote! {
            Self::#ident { #pattern .. } => {
                let values = #values;
                __p::Writer::error(host, &__D::#id, &#slot, #index, text, values)
            }
        }
    });
    let text = quote_spanned!(at(ident)=> __p::StdError::text(&self));
    let from_host_error = from_host_error(item, id, &slot);
    quote! {
        #from_host_error
        #(#cfgs)*
        static #slot: __p::TypeSlot = __p::TypeSlot::new();
        #bridged
        #(#cfgs)*
        impl __p::Raise for #ident {
            const THROWS: ::core::option::Option<__p::TypeDesc> =
                ::core::option::Option::Some(<Self as __p::Bridged>::TYPE);
            fn raise<__W: __p::Writer>(
                self,
                host: &mut __W,
            ) -> ::core::result::Result<__W::Value, __W::Error> {
                let text = #text;
                match self { #(#arms)* }
            }
        }
    }
}

/// An error as what a call of host code gives.
fn from_host_error(item: &Enum, id: &Ident, slot: &Ident) -> TokenStream {
    let Enum { ident, cfgs, variants, .. } = item;
    // A host's exception does not bring the sources of the variant.
    let whole = variants.iter().enumerate().filter(|(_, variant)| matches!(variant.causes, Causes::None));
    let typed = whole.map(|(index, Variant { ident, fields, .. })| {
        let fields = fields
            .iter()
            .enumerate()
            .map(|(index, Field { member, ty, .. })| quote!(#member: __p::Field::<#ty>::read(&mut fields, #index)?,));
        quote!(#index => ::core::option::Option::Some(Self::#ident { #(#fields)* }),)
    });
    let from = variants.iter().find_map(|Variant { ident, causes, .. }| match causes {
        Causes::FromHost(member) => Some(quote!(::core::result::Result::Ok(Self::#ident { #member: error }))),
        _ => None,
    });
    let from = from.unwrap_or_else(|| quote!(::core::result::Result::Err(error)));
    quote! {
        #(#cfgs)*
        impl __p::FromHostError for #ident {
            fn typed<__R: __p::Reader>(exception: __R) -> ::core::option::Option<Self> {
                #[allow(unused_imports)]
                use __p::OutOnly as _;
                #[allow(unused_mut, unused_variables)]
                let (index, mut fields) = __p::Reader::error(exception, &__D::#id, &#slot)?;
                match index {
                    #(#typed)*
                    _ => ::core::option::Option::None,
                }
            }
            fn from_error(
                error: __p::HostError,
            ) -> ::core::result::Result<Self, __p::HostError> {
                #from
            }
        }
    }
}

fn from_host(ident: &Ident, cfgs: &Cfgs, body: &TokenStream) -> TokenStream {
    quote! {
        #(#cfgs)*
        impl __p::FromHost for #ident {
            fn from_host<__R: __p::Reader>(value: __R) -> ::core::result::Result<Self, __R::Error> {
                #body
            }
        }
    }
}

fn into_host(ident: &Ident, cfgs: &Cfgs, body: &TokenStream) -> TokenStream {
    quote! {
        #(#cfgs)*
        impl __p::IntoHost for #ident {
            fn into_host<__W: __p::Writer>(
                self,
                host: &mut __W,
            ) -> ::core::result::Result<__W::Value, __W::Error> {
                #body
            }
        }
    }
}

/// `0 => Self::Circle { .. }, _ => Self::Empty {},`: a host answers no index but those of the description.
fn arms(variants: &[Variant], fields: impl Fn(&Variant) -> TokenStream) -> TokenStream {
    let last = variants.len().saturating_sub(1);
    let arm = |(index, variant): (usize, &Variant)| {
        let (ident, fields) = (&variant.ident, fields(variant));
        let index = if index == last { quote!(_) } else { quote!(#index) };
        quote!(#index => Self::#ident { #fields },)
    };
    variants.iter().enumerate().map(arm).collect()
}

/// `id: <read it>,` for each field, in order.
fn reads(fields: &[Field]) -> TokenStream {
    let read = |(index, Field { member, ty, .. }): (usize, &Field)| quote!(#member: __p::Fields::field::<#ty>(&mut fields, #index)?,);
    fields.iter().enumerate().map(read).collect()
}

/// A pattern that takes the fields apart, and the array of what they are written as.
fn writes(fields: &[Field]) -> (TokenStream, TokenStream) {
    let variable = |index| format_ident!("__v{index}", span = proc_macro2::Span::mixed_site());
    let pattern = fields.iter().enumerate().map(|(index, Field { member, .. })| {
        let variable = variable(index);
        quote!(#member: #variable,)
    });
    let values = fields.iter().enumerate().map(|(index, Field { ty, number, .. })| {
        let variable = variable(index);
        let write = quote!(<#ty as __p::IntoHost>::into_host(#variable, host));
        if number.is_on() { quote!(__p::Writer::numbers(host, |host| #write)?) } else { quote!(#write?) }
    });
    (quote!(#(#pattern)*), quote!([#(#values),*]))
}

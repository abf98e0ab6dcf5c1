//! Keeps this library in memory until the process ends.
//!
//! Node unloads an addon with the last worker that loaded it, but the runtime's threads run code of it, and outlive that.

use std::sync::Once;

/// Adds a reference that nobody gives back.
pub(crate) fn pin() {
    static PINNED: Once = Once::new();
    PINNED.call_once(platform::pin);
}

#[cfg(unix)]
mod platform {
    use std::mem::MaybeUninit;

    pub(super) fn pin() {
        let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: the address is one of this library's functions, and there is room for the answer.
        if unsafe { libc::dladdr((super::pin as *const ()).cast(), info.as_mut_ptr()) } == 0 {
            return;
        }
        // SAFETY: zeroes are a valid `Dl_info`, and `dladdr` has filled it in.
        let name = unsafe { info.assume_init() }.dli_fname;
        if !name.is_null() {
            // SAFETY: the loader's own name of a library that is loaded: with `NOLOAD` this only counts a reference.
            unsafe { libc::dlopen(name, libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::ffi::c_void;
    use std::ptr;

    const PIN: u32 = 1;
    const FROM_ADDRESS: u32 = 4;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
    }

    pub(super) fn pin() {
        let mut module = ptr::null_mut();
        // SAFETY: the address is one of this library's functions, and there is room for the answer.
        unsafe { GetModuleHandleExW(PIN | FROM_ADDRESS, (super::pin as *const ()).cast(), &raw mut module) };
    }
}

#[cfg(not(any(unix, windows)))]
mod platform {
    pub(super) fn pin() {}
}

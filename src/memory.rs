//! Memory that is no longer needed goes back to the system.

/// Gives back what was freed since the program began.
///
/// The C library keeps what loading a large suite took beside its cases, and the memory of the cases when they are dropped,
/// in pieces too small for the columns of the report: a run of 100,000 cases would hold both.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: glibc's `int malloc_trim(size_t)`, which any thread may call at any time.
        #[allow(unsafe_code)]
        unsafe extern "C" {
            safe fn malloc_trim(keep: usize) -> std::ffi::c_int;
        }
        malloc_trim(0);
    }
}

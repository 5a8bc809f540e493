//! Notices new and changed files in the embedded folders, which `include_dir` alone does not.

fn main() {
    println!("cargo::rerun-if-changed=suites");
    println!("cargo::rerun-if-changed=starter");
}

use super::*;
use std::ffi::OsString;

fn from(vars: &[(&str, &str)]) -> Result<Environment, FetchError> {
    Environment::from_vars(|name| {
        vars.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value.replace('~', "/home/me")))
    })
}

#[test]
fn the_cache_folder_follows_xdg() {
    let folder = |vars: &[(&str, &str)]| from(vars).unwrap().cache_dir;
    assert_eq!(folder(&[("HOME", "~")]), Path::new("/home/me/.cache/eval/models"));
    assert_eq!(folder(&[("HOME", "~"), ("XDG_CACHE_HOME", "/fast")]), Path::new("/fast/eval/models"));
    assert_eq!(folder(&[("XDG_CACHE_HOME", "/fast")]), Path::new("/fast/eval/models"));
    assert_eq!(folder(&[("HOME", "~"), ("XDG_CACHE_HOME", "relative")]), Path::new("/home/me/.cache/eval/models"));
    for nowhere in [&[][..], &[("HOME", "")], &[("XDG_CACHE_HOME", "relative")]] {
        assert!(matches!(from(nowhere), Err(FetchError::NoCacheFolder)));
    }
}

#[test]
fn the_hub_s_variables_are_read_as_its_own_tools_read_them() {
    let unset = from(&[("HOME", "~"), ("HF_TOKEN", ""), ("HF_HUB_OFFLINE", "0")]).unwrap();
    assert_eq!((unset.endpoint.as_str(), unset.token, unset.offline), ("https://huggingface.co", None, false));
    assert_eq!(unset.hub_home, Path::new("/home/me/.cache/huggingface"));
    let set = [
        ("HOME", "~"),
        ("HF_ENDPOINT", "https://mirror"),
        ("HF_TOKEN", "hf_x\n"),
        ("HF_HUB_OFFLINE", "True"),
        ("HF_HOME", "/hf"),
    ];
    let set = from(&set).unwrap();
    assert_eq!((set.endpoint.as_str(), set.token.as_deref(), set.offline), ("https://mirror", Some("hf_x"), true));
    assert_eq!(set.hub_home, Path::new("/hf"));
}

//! The state in an address is written by strangers: whatever it says, it is read or refused.
#![cfg(test)]

#[path = "../../../fuzz/corpus.rs"]
mod corpus;

use demo::{Error, MAX_STATE_BYTES, State};
use testkit::hostile::attack;

const WORDS: &[&[u8]] =
    &[b"seed=", b"&", b"=", b"%25", b"%F0%9F", b",", b"nan", b"-inf", b"1e308", b"#", "é".as_bytes()];

#[test]
fn any_state_is_read_or_refused_and_what_is_written_is_read_back() {
    attack(1, &corpus::corpus("state"), WORDS, 4_000_000, |input| {
        match State::decode(&String::from_utf8_lossy(input)) {
            Ok(state) => {
                let written = state.encode();
                // What nobody needs may be longer once it is escaped; a player keeps none of it.
                if written.len() <= MAX_STATE_BYTES {
                    assert_eq!(State::decode(&written).map(|state| state.encode()), Ok(written));
                }
            }
            Err(error) => assert!(matches!(&error, Error::BadState(reason) if reason.len() > 10), "{error}"),
        }
    });
}

//! Random numbers without a generator: a function of a seed and a counter, so that there is nothing to
//! rewind.

/// A well-mixed function of a seed and a counter (the finaliser of SplitMix64, applied to both;
/// Steele, Lea and Flood, 2014).
pub(crate) const fn mix(seed: u64, counter: u64) -> u64 {
    const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
    const fn finalise(mut z: u64) -> u64 {
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    finalise(finalise(seed.wrapping_add(GAMMA)).wrapping_add(counter.wrapping_mul(GAMMA)))
}

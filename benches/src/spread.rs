//! The middle of some values and how far they are spread.

/// The value below which `share` of the values lie, between two of them by their distance; NaN if
/// there are none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = sorted.len().saturating_sub(1) as f64 * share;
    let (below, above) = (sorted.get(place.floor() as usize), sorted.get(place.ceil() as usize));
    match (below, above) {
        // Equal ones also where their difference is no number.
        (Some(below), Some(above)) if below == above => *below,
        (Some(below), Some(above)) => below + (above - below) * place.fract(),
        _ => f64::NAN,
    }
}

/// Each value through the other one of its round.
pub fn ratios(values: &[f64], through: &[f64]) -> Vec<f64> {
    values.iter().zip(through).map(|(value, through)| value / through).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_need_no_order() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&values, share));
        assert_eq!(found, [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((quantile(&[7.0], 0.25), quantile(&[3.0, 1.0], 0.5)), (7.0, 2.0));
        assert_eq!(quantile(&[1.0, 2.0, 6.0], 0.75), 4.0);
        assert_eq!(quantile(&[f64::INFINITY; 2], 0.5), f64::INFINITY);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        assert_eq!(ratios(&[6.0, 8.0], &[3.0, 2.0]), [2.0, 4.0]);
    }
}

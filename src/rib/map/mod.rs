//! A persistent ordered map from prefix to value.

//! Columns of text.

use core::fmt;

/// A table for people to read: a heading and rows, in columns as wide as their widest cell.
/// The first columns are words and stand at the left; the others are numbers and stand at the
/// right.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    words: usize,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A grid with the given heading, of which the first `words` columns are words.
    pub(crate) fn new(words: usize, heading: &[&str]) -> Self {
        Self { words, rows: vec![heading.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                if column > 0 {
                    line.push_str("  ");
                }
                if column < self.words {
                    line.push_str(&format!("{cell:<width$}"));
                } else {
                    line.push_str(&format!("{cell:>width$}"));
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut grid = Grid::new(1, &["family", "n", "rate"]);
        grid.row(["v4".to_owned(), "10".to_owned(), "1.5".to_owned()]);
        grid.row(["v6".to_owned(), "7".to_owned()]);
        assert_eq!(grid.to_string(), "family   n  rate\nv4      10   1.5\nv6       7\n");
    }
}

#pragma once
#include "search/filter.h"
#include "vector/row_bitmap.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace picfind::server {

/// What rows say in their fields, column by column, each text once: a filter looks at every text, not at every row.
class FieldColumns {
public:
  explicit FieldColumns(uint32_t rows) : rows_(rows) {}

  void add(uint32_t row, std::span<const std::pair<std::string, std::string>> fields);
  /// Rows of which the filter holds.
  RowBitmap matching(const Filter& filter) const;

private:
  struct Column {
    /// Of each row the number of its text; 0 where it has none.
    std::vector<uint32_t> text_of;
    std::vector<std::string> texts{std::string()};
    std::unordered_map<std::string, uint32_t> numbers;
  };

  uint32_t rows_;
  std::map<std::string, Column> columns_;
};

}  // namespace picfind::server

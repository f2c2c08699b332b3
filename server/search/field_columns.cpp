#include "search/field_columns.h"

#include <algorithm>

namespace picfind::server {

void FieldColumns::add(uint32_t row, std::span<const std::pair<std::string, std::string>> fields) {
  for (const auto& [name, text] : fields) {
    Column& column = columns_[name];
    column.text_of.resize(rows_);
    const auto [known, is_new] = column.numbers.try_emplace(text, static_cast<uint32_t>(column.texts.size()));
    if (is_new) column.texts.push_back(text);
    column.text_of[row] = known->second;
  }
}

RowBitmap FieldColumns::matching(const Filter& filter) const {
  std::vector<bool> rows(rows_, true);
  for (const Condition& condition : filter) {
    const auto column = columns_.find(condition.field);
    if (column == columns_.end()) return RowBitmap(rows_);
    const auto& [text_of, texts, numbers] = column->second;
    std::vector<bool> holds(texts.size());
    for (std::size_t i = 1; i < texts.size(); ++i)
      holds[i] = condition.holds(texts[i]);
    for (uint32_t row = 0; row < rows_; ++row)
      rows[row] = rows[row] && holds[text_of[row]];
  }
  RowBitmap matching(rows_);
  for (uint32_t row = 0; row < rows_; ++row)
    if (rows[row]) matching.set(row);
  return matching;
}

}  // namespace picfind::server

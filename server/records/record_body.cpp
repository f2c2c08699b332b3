#include "records/record_body.h"

#include "layout/field_text.h"
#include "layout/foreign_vector.h"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace picfind::server {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_key = 1024;

/// The row, or why this is none.
std::expected<Row, std::string> read_row(const json::object& record, const std::string& key, WrittenRecords& written,
                                         const std::vector<std::string>& fields, uint32_t dim) {
  if (!is_record_key(key)) return std::unexpected("expected a key of 1 to 1,024 bytes without control characters");
  const json::value* vector = record.if_contains("vector");
  if (vector == nullptr) return std::unexpected("expected a vector, found none");
  ReadVector read = vector_of_json(*vector, dim);
  if (!read) return std::unexpected("vector: " + read.error());
  Row row{key, std::move(*read), {}};
  const json::value* said = record.if_contains("fields");
  if (said == nullptr) return row;
  if (!said->is_object()) return std::unexpected("fields: expected an object");
  for (const auto& [name, value] : said->get_object()) {
    if (std::ranges::find(fields, std::string_view(name)) == fields.end())
      written.left_out.emplace(name);
    else if (!value.is_null())
      row.fields.emplace_back(name, text_of(value));
  }
  return row;
}

void read_into(WrittenRecords& written, std::string_view text, std::string key, const std::string& place,
               const std::vector<std::string>& fields, uint32_t dim) {
  SystemError error;
  const json::value parsed = json::parse(text, error);
  const json::object* record = error ? nullptr : parsed.if_object();
  if (record == nullptr) {
    written.skipped.emplace_back(place, "expected a JSON object" + (error ? ": " + error.message() : ""));
    return;
  }
  if (key.empty()) {
    const json::value* named = record->if_contains("key");
    if (named != nullptr && named->is_string()) key = text_of(*named);
  }
  std::expected<Row, std::string> row = read_row(*record, key, written, fields, dim);
  if (row)
    written.rows.push_back(std::move(*row));
  else
    written.skipped.emplace_back(key.empty() ? place : key, row.error());
}

}  // namespace

bool is_record_key(std::string_view key) {
  const bool is_text = std::ranges::none_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return !key.empty() && key.size() <= longest_key && is_text;
}

WrittenRecords read_record(std::string_view body, const std::string& key, const std::vector<std::string>& fields,
                           uint32_t dim) {
  WrittenRecords written;
  read_into(written, body, key, key, fields, dim);
  return written;
}

WrittenRecords read_records(std::string_view body, const std::vector<std::string>& fields, uint32_t dim) {
  WrittenRecords written;
  for (std::size_t number = 1; !body.empty(); ++number) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    read_into(written, line, "", "line " + std::to_string(number), fields, dim);
  }
  return written;
}

}  // namespace picfind::server

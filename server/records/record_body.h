#pragma once
#include "layout/layout.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace picfind::server {

/// Records as a client writes them.
struct WrittenRecords {
  struct Skipped {
    /// Or "line 3" where there is none.
    std::string key;
    std::string reason;
  };
  std::vector<Row> rows;
  std::vector<Skipped> skipped;
  /// Names of fields that came and are none of the library's.
  std::set<std::string> left_out;
};

/// Reads {"vector":[…],"fields":{"title":"…"}}: the record of that key.
WrittenRecords read_record(std::string_view body, const std::string& key, const std::vector<std::string>& fields,
                           uint32_t dim);

/// Reads one such object a line, each with its "key".
WrittenRecords read_records(std::string_view body, const std::vector<std::string>& fields, uint32_t dim);

/// What may be the key of a record: 1 to 1,024 bytes without control characters.
bool is_record_key(std::string_view key);

}  // namespace picfind::server

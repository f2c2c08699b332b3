#pragma once
#include "layout/layout.h"

namespace picfind::server {

/// What an element's attributes, a JSON object, say of these fields, as text.
std::vector<std::pair<std::string, std::string>> fields_of_attributes(const std::string& attributes,
                                                                      const std::vector<std::string>& fields);

/// One vector set of Redis 8: its elements are pictures, their attributes what is said of them.
class VectorSet {
public:
  VectorSet(std::string key, std::vector<std::string> fields, uint32_t dim)
      : key_(std::move(key)), fields_(std::move(fields)), dim_(dim) {}

  const std::string& key() const { return key_; }
  std::size_t commands() const { return fields_.empty() ? 1 : 2; }
  void ask(boost::redis::request& request, const std::string& path) const;
  RowRead take(const std::string& path, std::span<const Reply> replies) const;
  /// `form`: how the set keeps vectors, as VADD names it.
  void write(boost::redis::request& request, const Row& row, const std::string& form) const;

private:
  std::string key_;
  std::vector<std::string> fields_;
  uint32_t dim_;
};

std::vector<VectorSet> vector_sets(const LibraryOptions& library, uint32_t dim);

/// What these sets, each asked for one element, say of it together: it is a picture where one of them has it.
RowRead found_in_one(std::span<const VectorSet> sets, std::vector<RowRead> reads);

/// A command that is answered with null where the set does not have the element.
void ask_for_element(boost::redis::request& request, const std::string& key, const std::string& element);

/// Vector sets whose elements are the pictures together.
class VectorSetLayout : public Layout {
public:
  VectorSetLayout(const LibraryOptions& library, uint32_t dim) : sets_(vector_sets(library, dim)) {}

  Awaitable<Expected<Page>> list(Redis& redis, std::string cursor) const override;
  std::size_t commands() const override { return sets_.size() * sets_.front().commands(); }
  void ask(boost::redis::request& request, const std::string& path) const override;
  RowRead take(const std::string& path, std::span<const Reply> replies) const override;
  Awaitable<Expected<boost::redis::request>> writing(Redis& redis, const std::vector<Row>& rows) const override;
  void remove(boost::redis::request& request, const std::string& path) const override;
  std::vector<std::string> channels(int database) const override;
  std::optional<std::string> path_of(std::string_view channel) const override;

private:
  /// As VADD names them. Errors: not-found.
  Awaitable<Expected<std::vector<std::string>>> forms(Redis& redis) const;
  /// Of each row the sets, by their places here, that have it. Errors: not-found, usage.
  Awaitable<Expected<std::vector<std::vector<std::size_t>>>> places(Redis& redis, const std::vector<Row>& rows) const;

  /// In the order of their keys.
  std::vector<VectorSet> sets_;
};

}  // namespace picfind::server

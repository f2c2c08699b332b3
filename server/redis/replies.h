#pragma once
#include <boost/redis/resp3/node.hpp>
#include <boost/redis/resp3/type.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picfind::server {

/// A reply, or a part of one, as a tree.
struct ReplyTree {
  /// Nothing for null and for lists.
  std::optional<std::string> text;
  /// Of a list; of a map keys and values in turns.
  std::vector<ReplyTree> items;

  /// What a map, or a list of names and values in turns, says of a name; null where it says nothing.
  const ReplyTree* at(std::string_view name) const;
  /// The same as text.
  std::string text_at(std::string_view name) const;
};

/// What one command was answered with: its tree, flat, in the order it came.
class Reply {
public:
  using Node = boost::redis::resp3::node;

  void add(const boost::redis::resp3::node_view& node);

  /// What Redis complains of; nothing where it does not.
  std::optional<std::string> error() const;
  /// A single value; nothing for null and for lists.
  std::optional<std::string> text() const;
  /// 1 for true; 0 where it is none.
  int64_t number() const;
  /// The values of a list, or keys and values of a map in turns; null where Redis says so.
  std::vector<std::optional<std::string>> values() const;
  ReplyTree tree() const;

private:
  std::vector<Node> nodes_;
};

/// Answers to the commands of a request, in their order. An error of one is that one's.
struct Replies {
  std::vector<Reply> of;
  const Reply& operator[](std::size_t command) const { return of.at(command); }
};

/// What Boost.Redis looks for to fill Replies.
class RepliesAdapter {
public:
  explicit RepliesAdapter(Replies& replies) : replies_(&replies) {}
  static std::size_t get_supported_response_size() { return SIZE_MAX; }
  void operator()(std::size_t command, const boost::redis::resp3::node_view& node, boost::system::error_code&) {
    if (command >= replies_->of.size()) replies_->of.resize(command + 1);
    replies_->of[command].add(node);
  }

private:
  Replies* replies_;
};

inline RepliesAdapter boost_redis_adapt(Replies& replies) { return RepliesAdapter(replies); }

}  // namespace picfind::server

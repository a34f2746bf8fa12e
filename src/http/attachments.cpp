#include <mint/base/response.hpp>
#include <mint/http/attachments.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace mint::http::detail {

void attachments::make_room() {
    if (!list_) list_ = std::make_unique<list>();
    auto& entries = list_->entries;
    if (entries.size() == entries.capacity()) entries.reserve(2 * entries.size() + 1);
}

void attachments::add(std::unique_ptr<attachment> a) {
    const request_ref ref = a->ref;
    list_->entries.push_back({ref, std::move(a)});
}

attachment* attachments::find(request_ref ref) const noexcept {
    const entry* const found = find_entry(ref);
    return found != nullptr ? found->owned.get() : nullptr;
}

std::unique_ptr<attachment> attachments::remove(request_ref ref) noexcept {
    entry* const found = find_entry(ref);
    if (found == nullptr || !found->owned) return nullptr;
    auto removed = std::move(found->owned);
    auto& [entries, gap_count] = *list_;
    ++gap_count;
    if (gap_count == entries.size()) {
        list_.reset();
    } else if (gap_count > entries.size() / 2) {
        std::erase_if(entries, [](const entry& e) { return !e.owned; });
        gap_count = 0;
    }
    return removed;
}

void attachments::note(response_list responses) noexcept {
    if (!list_) return;
    for (const response& r : responses) {
        if (const auto* const status = std::get_if<responses::status>(&r)) {
            if (auto* const a = find(status->ref)) a->has_status = true;
        } else if (const auto* const failed = std::get_if<responses::error>(&r)) {
            const auto* const a = find(failed->ref);
            if (a != nullptr && !a->has_status) static_cast<void>(remove(failed->ref));
        }
    }
}

/// Null where there is none.
attachments::entry* attachments::find_entry(request_ref ref) const noexcept {
    if (!list_) return nullptr;
    const auto found = std::ranges::lower_bound(list_->entries, ref, {}, &entry::ref);
    return found != list_->entries.end() && found->ref == ref ? &*found : nullptr;
}

}  // namespace mint::http::detail

#include <mint/base/response.hpp>
#include <mint/http/attachments.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace mint::http::detail {

void attachments::make_room() {
    if (!list_) list_ = std::make_unique<list>();
    if (list_->size() == list_->capacity()) list_->reserve(2 * list_->size() + 1);
}

void attachments::add(std::unique_ptr<attachment> a) { list_->push_back(std::move(a)); }

attachment* attachments::find(request_ref ref) const noexcept {
    if (!list_) return nullptr;
    const auto found = position_of(ref);
    return found == list_->end() ? nullptr : found->get();
}

std::unique_ptr<attachment> attachments::remove(request_ref ref) noexcept {
    if (!list_) return nullptr;
    const auto found = position_of(ref);
    if (found == list_->end()) return nullptr;
    auto removed = std::move(*found);
    list_->erase(found);
    if (list_->empty()) list_.reset();
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

/// The end where there is none. Precondition: there is a list.
attachments::list::iterator attachments::position_of(request_ref ref) const noexcept {
    const auto found = std::ranges::lower_bound(*list_, ref, {}, [](const auto& a) { return a->ref; });
    return found != list_->end() && (*found)->ref == ref ? found : list_->end();
}

}  // namespace mint::http::detail

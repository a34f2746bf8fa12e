#include "http_exchange.hpp"

#include "conversation.hpp"

namespace mint::test {

http_exchange http_exchange::open(std::uint16_t port, http::connect_options options) {
    auto conn = http::connect(scheme::http, "127.0.0.1", port, options);
    if (!conn) conversation::fail("connect", conn.error());
    return http_exchange{std::move(*conn)};
}

request_ref http_exchange::request(std::string_view method, std::string_view target, const headers& fields,
                                   const request_body& body) {
    const auto ref = conn_.request(method, target, fields, body);
    if (!ref) conversation::fail("request", ref.error());
    return *ref;
}

const http_answer& http_exchange::wait(request_ref ref, bool until_headers) {
    auto& answer = answers_[ref];
    while (!answer.is_done && !answer.failure && !(until_headers && answer.fields)) {
        if (end_) conversation::fail("no answer", *end_);
        receive();
    }
    return answer;
}

error http_exchange::wait_for_end() {
    while (!end_) receive();
    return *end_;
}

void http_exchange::receive() {
    const auto responses = receive_some(conn_, scratch_);
    take(responses ? *responses : responses.error().responses);
    if (!responses) end_ = responses.error().reason;
}

void http_exchange::take(http::response_list responses) {
    for (const auto& r : responses) {
        auto& answer = answers_[ref_of(r)];
        std::visit(overloaded{
                       [&](const responses::interim& i) {
                           answer.interim_codes.push_back(i.code);
                           answer.interim_fields.push_back(i.fields);
                       },
                       [&](const responses::status& s) {
                           answer.code = s.code;
                           answer.reason = s.reason;
                       },
                       [&](const responses::headers& h) {
                           if (answer.fields) {
                               answer.trailers = h.fields;
                           } else {
                               answer.fields = h.fields;
                           }
                       },
                       [&](const responses::data& d) {
                           answer.body += as_text(d.bytes);
                           ++answer.data_count;
                       },
                       [&](const responses::done& d) {
                           answer.is_done = true;
                           finished_.push_back(d.ref);
                       },
                       [&](const responses::error& e) { answer.failure = e.reason; },
                       [](const responses::pong&) {},
                       [](const responses::push_promise&) {},
                   },
                   r);
    }
}

}  // namespace mint::test

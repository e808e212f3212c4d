// A client that speaks TLS over a plain socket, so that tests decide how its bytes go out.
//
// Every wait has a deadline; what does not come in time throws, and so fails the test.
//
// Threads: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace freshet::support {

struct TlsOptions {
    int version = 0;                 // the only one that it speaks, as TLS1_2_VERSION; 0: any
    std::string protocol;            // what it offers to speak in TLS (ALPN); empty: nothing
    std::string trusted;             // file of the one certificate it believes; empty: any
    std::size_t send_bytes_max = 0;  // at once; 0: any
    int receive_buffer = 0;  // bytes that the system takes in for it; 0: as many as it likes
};

class TlsClient {
public:
    using Options = TlsOptions;

    // Connects to this machine, and says nothing yet.
    explicit TlsClient(std::uint16_t port, Options options = {});
    ~TlsClient();
    TlsClient(TlsClient&&) noexcept;
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    // Returns whether both sides agree; if not, fault() says why.
    bool shake_hands();
    [[nodiscard]] const std::string& fault() const;

    // What they have agreed on: "TLSv1.3", "http/1.1", and the subject of the certificate.
    [[nodiscard]] std::string version() const;
    [[nodiscard]] std::string protocol() const;
    [[nodiscard]] std::string server_name() const;

    // Returns false if the server has closed the connection.
    bool send(std::string_view bytes);
    // Sends that many records that bring nothing but new keys (TLS 1.3).
    void change_keys(int times);
    // Says that nothing more will be sent.
    void end_sending();

    // What has come up to and including `mark`; throws if the server closes before.
    std::string read_until(std::string_view mark);
    // Everything until the server closes the connection.
    std::string read_to_end();
    // Whether the server has said that nothing more will come.
    [[nodiscard]] bool has_heard_farewell() const;

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::support

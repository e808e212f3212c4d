// Certificates for the servers of tests: each vouches for itself, for `localhost` and 127.0.0.1.
#pragma once

#include <string>

#include "tests/disks/temp_folder.h"

namespace freshet::support {

struct CertificateFiles {
    std::string certificate;
    std::string key;
};

// Writes NAME.pem and NAME.key into the folder; the name is the certificate's subject, too. With a
// passphrase, the key is encrypted with it. Throws if OpenSSL cannot.
CertificateFiles make_certificate(const TempFolder& folder, const std::string& name,
                                  const std::string& passphrase = {});

}  // namespace freshet::support

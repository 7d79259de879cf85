import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Says in words what the network said in numbers: what failed and what to do about it.
enum ConnectionFailure {
    /// The error for a person; one that is no failure of the network stays what it is.
    static func explained(_ error: any Error, at address: ServerAddress) -> any Error {
        guard let words = words(error, at: address) else { return error }
        return ToolError(.connection, words, underlying: error)
    }

    /// One sentence or two; nil where the error is none of the network.
    static func words(_ error: any Error, at address: ServerAddress) -> String? {
        switch error {
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.first { return words(failure.error, at: address) }
            // The question was asked for both kinds of addresses; which of the two answers is told does not matter.
            if error.dnsAError != nil || error.dnsAAAAError != nil { return unknownHost(address) }
            return "cannot reach \(address). \(check)"
        case let error as IOError: return words(errno: error.errnoCode, at: address)
        case ChannelError.connectTimeout:
            return "\(address) did not answer within \(HTTPClient.Limits.connectTimeout.nanoseconds / 1_000_000_000) "
                + "seconds; check the address, and whether a firewall stands between"
        case ChannelError.ioOnClosedChannel, ChannelError.inputClosed, ChannelError.outputClosed, ChannelError.eof:
            return brokenOff(address)
        case is SocketAddressError.UnknownHost: return unknownHost(address)
        // The end came in the middle of an answer.
        case HTTPParserError.invalidEOFState: return brokenOff(address)
        case is HTTPParserError:
            return "what \(address) answers is not HTTP; check the port, and whether it should be https://"
        case let error as NIOSSLError: return words(tls: error, at: address)
        case is NIOSSLExtraError:
            return "the certificate of \(address) is not for that name; use the name that it is for, or have a new "
                + "certificate made"
        case is BoringSSLError: return noTLS(address)
        default: return nil
        }
    }

    private static let check = "Check the address, and that the server is running (`cloudflux serve`)"

    private static func unknownHost(_ address: ServerAddress) -> String {
        "there is no host \(address.host), or the name service does not answer; check how it is written"
    }

    private static func brokenOff(_ address: ServerAddress) -> String {
        // Who does not speak TLS may hang up on the handshake before its answer can be read.
        address.isTLS
            ? "\(address) broke off the connection; it may have been stopped, or it does not speak TLS (then the address "
                + "begins with http://). Try again, and see the server's own log"
            : "\(address) broke off the connection; it may have been stopped. Try again, and see the server's own log"
    }

    private static func noTLS(_ address: ServerAddress) -> String {
        "\(address) does not speak TLS as it should; check the port, and whether it should be http://"
    }

    private static func words(errno code: Int32, at address: ServerAddress) -> String {
        switch code {
        case ECONNREFUSED: "nothing listens at \(address). \(check)"
        case ETIMEDOUT:
            "\(address) does not answer; check the address, and whether a firewall stands between"
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL:
            "there is no way to \(address) from here; check the address and this machine's network"
        case ECONNRESET, EPIPE, ECONNABORTED: brokenOff(address)
        case EACCES, EPERM: "this machine does not let us connect to \(address); check its firewall"
        default: "cannot reach \(address): \(String(cString: strerror(code))). \(check)"
        }
    }

    private static func words(tls error: NIOSSLError, at address: ServerAddress) -> String {
        switch error {
        case .handshakeFailed(let inner):
            // BoringSSL names its reason only in the text of the error.
            let text = String(describing: inner)
            if text.contains("CERTIFICATE_VERIFY_FAILED") { return untrusted(address) }
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return noTLS(address) }
            return "the TLS handshake with \(address) failed; check the server's certificate and key, and the port"
        case .uncleanShutdown: return brokenOff(address)
        default: return untrusted(address)
        }
    }

    private static func untrusted(_ address: ServerAddress) -> String {
        "the certificate of \(address) is not trusted by this machine; check the name, and that the certificate has not "
            + "expired, or have its authority installed (or name it: SSL_CERT_FILE=ca.pem)"
    }
}

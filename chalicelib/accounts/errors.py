"""What can go wrong with accounts."""

from __future__ import annotations

from http import HTTPStatus

from chalicelib.errors import FieldError, ShopError, Unauthenticated, ValidationFailed


class EmailTaken(ShopError):
    """Sign-up alone says that an address has an account: its owner must be told to sign in."""

    status = HTTPStatus.CONFLICT
    code = "email_taken"
    title = "This address has an account already"

    def __init__(self) -> None:
        taken = FieldError("email", "This address has an account already. Sign in instead.")
        super().__init__("Sign in with this address, or use another one.", errors=[taken])


class CommonPassword(ValidationFailed):
    """The password is among the first that anyone would try (ASVS 6.2.4)."""

    def __init__(self, field: str) -> None:
        message = "This password is among the first that anyone would try. Choose another."
        super().__init__(errors=[FieldError(field, message)])


class WrongCredentials(Unauthenticated):
    """The address or the password is wrong; which of them is nobody's business."""

    code = "wrong_credentials"
    title = "The e-mail address or the password is not right"

    def __init__(self) -> None:
        super().__init__("Check the e-mail address and the password, and try again.")


class WrongPassword(Unauthenticated):
    """Whoever is signed in did not know the password."""

    code = "wrong_credentials"
    title = "The password is not right"

    def __init__(self) -> None:
        super().__init__("Check the password, and try again.")


class SecondFactorRequired(Unauthenticated):
    """The password was right; a code is wanted too."""

    code = "second_factor_required"
    title = "A code is needed too"

    def __init__(self) -> None:
        super().__init__("Send the code that the authenticator app shows, or a recovery code, as `code`.")


class WrongCode(Unauthenticated):
    """The code is wrong, was used before, or its time is over."""

    code = "wrong_code"
    title = "The code is not right"

    def __init__(self) -> None:
        super().__init__("Wait for the next code, and try again.")


class SecondFactorNeeded(ShopError):
    """Staff and owner keep their second factor."""

    status = HTTPStatus.CONFLICT
    code = "second_factor_needed"
    title = "This account needs its second factor"

    def __init__(self) -> None:
        super().__init__("Staff and owner sign in with a second factor. Set another one up instead.")


class LinkStale(ShopError):
    """The link was used, has expired, or never was ours."""

    status = HTTPStatus.GONE
    code = "link_stale"
    title = "This link does not work any more"

    def __init__(self) -> None:
        super().__init__("Links work once, and for a limited time. Ask for a new one.")


class ChangedMeanwhile(ShopError):
    """Another request changed the account at the same moment."""

    status = HTTPStatus.CONFLICT
    code = "changed_meanwhile"
    title = "The account was changed at the same moment"

    def __init__(self) -> None:
        super().__init__("Nothing was changed by this request. Look again, and repeat it.")

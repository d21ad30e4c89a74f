"""Les formulaires de compte : ceux d'allauth avec nos essais comptés et nos mots, et les nôtres."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from allauth.account.forms import ReauthenticateForm as ReauthenticateFormAllauth
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from centres.models import Utilisateur
from trpm.comptes.codes import verifier_code
from trpm.comptes.mots_de_passe import AIDE

OUBLI = "Deux saisies différentes : retapez le même mot de passe."


class FormulaireConnexion(LoginForm):
    """Le champ s'appelle « username » : les gestionnaires de mots de passe le connaissent sous ce nom."""

    def add_prefix(self, field_name: str) -> str:
        return str(super().add_prefix("username" if field_name == "login" else field_name))


class FormulaireConfirmation(ReauthenticateFormAllauth):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = _mot_de_passe("Votre mot de passe", "current-password")


class _Code(forms.Form):
    """Un code de l'application, ou un code de secours."""

    user: Utilisateur

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _champ_code()

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        self.authenticator = verifier_code(self.user, code)
        return code


class FormulaireCode(_Code, AuthenticateForm):
    pass


class FormulaireConfirmationCode(_Code, ReauthenticateCodeForm):
    pass


class FormulaireApplication(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = _champ_code("Code affiché par l'application")


class FormulaireCle(AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saisie = forms.TextInput(attrs={"autocomplete": "off"})
        self.fields["name"] = forms.CharField(label="Nom de la clé", required=False, max_length=60, widget=saisie)


class _DeuxSaisies(forms.Form):
    """Un nouveau mot de passe tapé deux fois."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nouveau"] = _mot_de_passe("Nouveau mot de passe", "new-password", AIDE)
        self.fields["encore"] = _mot_de_passe("Le même, une seconde fois", "new-password")

    def clean_encore(self) -> str:
        if self.cleaned_data["encore"] != self.cleaned_data.get("nouveau"):
            raise ValidationError(OUBLI)
        return str(self.cleaned_data["encore"])


class FormulaireInvitation(_DeuxSaisies):
    """Le code vient du lien (son fragment, que le navigateur n'envoie jamais) ou se colle à la main."""

    jeton = forms.CharField(
        label="Code du lien reçu",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def clean_nouveau(self) -> str:
        # Les règles qui dépendent de la personne se vérifient quand le code dit qui elle est.
        validate_password(self.cleaned_data["nouveau"])
        return str(self.cleaned_data["nouveau"])


class FormulaireMotDePasse(_DeuxSaisies):
    ancien = forms.CharField(
        label="Mot de passe actuel",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, utilisateur: Utilisateur, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.utilisateur = utilisateur

    def clean_ancien(self) -> str:
        if not get_adapter().reauthenticate(self.utilisateur, self.cleaned_data["ancien"]):
            raise ValidationError("Ce n'est pas votre mot de passe actuel.")
        return str(self.cleaned_data["ancien"])

    def clean_nouveau(self) -> str:
        validate_password(self.cleaned_data["nouveau"], self.utilisateur)
        return str(self.cleaned_data["nouveau"])


class FormulaireOubli(forms.Form):
    adresse = forms.EmailField(
        label="Votre adresse professionnelle",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def _mot_de_passe(libelle: str, completion: str, aide: str = "") -> forms.CharField:
    champ = forms.PasswordInput(attrs={"autocomplete": completion})
    return forms.CharField(label=libelle, strip=False, max_length=256, widget=champ, help_text=aide)


def _champ_code(libelle: str = "Code de l'application, ou code de secours") -> forms.CharField:
    saisie = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    return forms.CharField(label=libelle, max_length=20, widget=saisie)

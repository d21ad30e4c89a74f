"""Réduire la liste des candidats d'une classe."""

from collections.abc import Iterable
from typing import Any

from django import forms

from referentiel.models import Option


class FiltreCandidatsForm(forms.Form):
    """Réduire la liste des candidats d'une classe ; une valeur inconnue ne filtre rien."""

    option = forms.ChoiceField(label="Option", required=False)
    etat = forms.ChoiceField(
        label="Notes",
        required=False,
        choices=[("", "Toutes"), ("bloquee", "Il en manque au moins une"), ("complete", "Complètes")],
    )

    def __init__(self, *args: Any, options: Iterable[Option], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        champ = self.fields["option"]
        if isinstance(champ, forms.ChoiceField):
            champ.choices = [("", "Toutes"), *((option.code, option.code) for option in options)]
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select form-select-sm"

    def filtre(self) -> tuple[str, str]:
        self.is_valid()
        return self.cleaned_data.get("option", ""), self.cleaned_data.get("etat", "")

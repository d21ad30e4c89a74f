"""Enregistrer une note gardée d'une session passée."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from referentiel.models import Epreuve


class ChoixEpreuve(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, epreuve: Epreuve) -> str:
        return f"{epreuve.code} {epreuve.intitule} ({epreuve.version})"


class BeneficeForm(forms.Form):
    """Une note gardée d'une session passée."""

    epreuve = ChoixEpreuve(label="Épreuve", queryset=Epreuve.objects.none())
    session_obtention = forms.IntegerField(
        label="Session d'obtention", min_value=2000, max_value=2100, help_text="L'année : elle compte cinq ans."
    )
    note = forms.DecimalField(
        label="Note sur 20",
        min_value=10,
        max_value=20,
        max_digits=4,
        decimal_places=2,
        localize=True,
        help_text="De 10 à 20, telle que la porte le relevé.",
    )

    def __init__(self, *args: Any, epreuves: QuerySet[Epreuve], **options: Any) -> None:
        super().__init__(*args, **options)
        champ = self.fields["epreuve"]
        if isinstance(champ, forms.ModelChoiceField):
            champ.queryset = epreuves
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            Fieldset(
                "Enregistrer une note conservée",
                "epreuve",
                Row(Column("session_obtention", css_class="col-sm-6"), Column("note", css_class="col-sm-6")),
            )
        )

    def reporter(self, refus: ValidationError) -> None:
        """Les messages du service, au champ quand le formulaire l'a, sinon en tête."""
        if not hasattr(refus, "error_dict"):
            self.add_error(None, refus.messages)
            return
        for champ, textes in refus.message_dict.items():
            self.add_error(champ if champ in self.fields else None, textes)

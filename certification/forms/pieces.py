"""Joindre une pièce à un dossier, et donner un avis sur une situation."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError

from certification.enums import Avis, NaturePiece
from certification.models import PieceDossier
from certification.services.avis import REMARQUE_MAX
from certification.services.pieces import DonneesPiece


class _Formulaire(forms.Form):
    """Les messages du service vont au champ quand le formulaire l'a, sinon en tête."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*self.fields)

    def reporter(self, refus: ValidationError) -> None:
        if not hasattr(refus, "error_dict"):
            self.add_error(None, refus.messages)
            return
        for champ, textes in refus.message_dict.items():
            self.add_error(champ if champ in self.fields else None, textes)


class PieceForm(_Formulaire):
    """Le fichier et sa place dans le dossier."""

    titre = forms.CharField(label="Titre", max_length=120, help_text="Ce que la pièce montre. Aucune donnée de santé.")
    nature = forms.ChoiceField(label="Partie du dossier", choices=NaturePiece.choices)
    fichier = forms.FileField(
        label="Fichier",
        help_text="PDF, JPEG ou PNG, 5 Mo au plus. Une photo perd le lieu et l'appareil qu'elle cachait.",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_fichier(self) -> Any:
        fichier = self.cleaned_data["fichier"]
        if (fichier.size or 0) > PieceDossier.OCTETS_MAX:
            raise ValidationError("Ce fichier dépasse 5 Mo.")
        return fichier

    def saisie(self) -> DonneesPiece:
        fichier = self.cleaned_data["fichier"]
        return DonneesPiece(
            titre=self.cleaned_data["titre"],
            nature=self.cleaned_data["nature"],
            nom=fichier.name or "",
            contenu=fichier.read(),
        )


class AvisForm(_Formulaire):
    """Conforme ou à revoir, et pourquoi."""

    avis = forms.ChoiceField(label="Avis", choices=Avis.choices, widget=forms.RadioSelect)
    remarque = forms.CharField(
        label="Remarque à l'équipe",
        required=False,
        max_length=REMARQUE_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Obligatoire si la situation est à revoir. Ne nommez aucun apprenant, rien sur la santé.",
    )

"""Déposer une pièce, et dire son niveau : ce que l'apprenant montre lui-même."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.forms.boundfield import BoundField

from centres.forms.base import FicheForm
from evaluations.models import Situation
from evaluations.queries.portfolio import CadreAuto
from evaluations.services.portfolio import LONGUEUR_COMMENTAIRE, LONGUEUR_LEGENDE, DonneesPiece
from referentiel.models import Competence
from trpm.socle.depots import EXTENSIONS, MO, TAILLE_MAX

NIVEAUX = [("", "rien à en dire"), *((str(niveau), str(niveau)) for niveau in (1, 2, 3, 4))]


class ChoixSituation(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} {obj.titre}"


class ChoixCompetences(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} {obj.intitule}"


class PieceForm(FicheForm):
    fichier = forms.FileField(
        label="Fichier",
        help_text=f"Photo (JPEG, PNG, WebP), PDF ou programme en texte, {TAILLE_MAX // MO} Mo au plus. "
        "Le lieu et la date cachés dans une photo sont retirés.",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(EXTENSIONS)}),
        # La phrase du service suffit : elle dit aussi quoi faire.
        allow_empty_file=True,
    )
    titre = forms.CharField(label="Titre", max_length=120, help_text="Ce que l'on voit, ce que fait le programme.")
    legende = forms.CharField(
        label="Ce que j'y montre",
        required=False,
        max_length=LONGUEUR_LEGENDE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Parlez du travail : rien sur la santé, la famille, ni des coordonnées.",
    )
    situation = ChoixSituation(
        label="Situation", queryset=Situation.objects.none(), required=False, empty_label="aucune en particulier"
    )
    competences = ChoixCompetences(
        label="Compétences montrées",
        queryset=Competence.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, situations: QuerySet[Situation], competences: QuerySet[Competence], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        for nom, lignes in (("situation", situations), ("competences", competences)):
            champ = self.fields[nom]
            if isinstance(champ, forms.ModelChoiceField):
                champ.queryset = lignes

    def disposition(self) -> Layout:
        return Layout(
            Row(Column("fichier", css_class="col-sm-6"), Column("titre", css_class="col-sm-6")),
            Row(Column("legende", css_class="col-sm-6"), Column("situation", css_class="col-sm-6")),
            "competences",
        )

    def clean_fichier(self) -> UploadedFile[Any]:
        """Trop gros, il n'est même pas lu."""
        fichier: UploadedFile[Any] = self.cleaned_data["fichier"]
        if (fichier.size or 0) > TAILLE_MAX:
            raise ValidationError(f"Ce fichier dépasse {TAILLE_MAX // MO} Mo.")
        return fichier

    def donnees(self) -> DonneesPiece:
        saisie = self.cleaned_data
        fichier = saisie["fichier"]
        return DonneesPiece(
            titre=saisie["titre"],
            nom=fichier.name or "",
            contenu=fichier.read(),
            legende=saisie["legende"],
            situation=saisie["situation"],
            competences=tuple(saisie["competences"]),
        )


@dataclass(frozen=True)
class LigneAuto:
    """Une compétence et ses deux champs, pour le gabarit."""

    competence: Competence
    niveau: BoundField
    mot: BoundField


class AutoEvaluationForm(forms.Form):
    """Deux champs par compétence : un niveau, un mot."""

    def __init__(self, *args: Any, cadre: CadreAuto, **options: Any) -> None:
        super().__init__(*args, **options)
        self.competences: Sequence[Competence] = cadre.competences
        for competence in cadre.competences:
            dite = cadre.dites.get(competence.pk)
            self.fields[f"niveau_{competence.pk}"] = forms.TypedChoiceField(
                label=f"Mon niveau, {competence.code}",
                choices=NIVEAUX,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
                initial=str(dite.niveau) if dite else "",
            )
            self.fields[f"mot_{competence.pk}"] = forms.CharField(
                label=f"Pourquoi, {competence.code}",
                required=False,
                max_length=LONGUEUR_COMMENTAIRE,
                widget=forms.TextInput(attrs={"class": "form-control", "placeholder": "Pourquoi ? (facultatif)"}),
                initial=dite.commentaire if dite else "",
            )

    @property
    def lignes(self) -> Iterable[LigneAuto]:
        for une in self.competences:
            yield LigneAuto(une, self[f"niveau_{une.pk}"], self[f"mot_{une.pk}"])

    def niveaux(self) -> dict[Competence, tuple[int | None, str]]:
        saisie = self.cleaned_data
        return {une: (saisie[f"niveau_{une.pk}"], saisie[f"mot_{une.pk}"]) for une in self.competences}

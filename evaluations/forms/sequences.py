"""Formulaires de la progression : une séquence et ses situations, la cohorte où la copier, un déplacement."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms

from centres.models import Classe
from evaluations.enums import NatureSequence
from evaluations.models import Sequence, Situation
from evaluations.queries.progression import Cohorte
from evaluations.queries.sequences import situations_a_rattacher
from evaluations.services.donnees import HEURES_MAX
from evaluations.services.sequences import FIN_AVANT_DEBUT, DonneesSequence
from referentiel.models import Periode

SANS_NOMS = "Décrivez le travail, pas les personnes ni leur santé."


class ChoixSituations(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Une situation se reconnaît à son code, sa classe, et la séquence où elle est déjà."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, sequence: Sequence | None, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.sequence = sequence

    def label_from_instance(self, situation: Situation) -> str:
        ailleurs = situation.sequence if situation.sequence != self.sequence else None
        suite = f" (aujourd'hui dans « {ailleurs} »)" if ailleurs else ""
        return f"{situation.code} {situation.titre}, {situation.classe}{suite}"


def _texte(libelle: str, aide: str, lignes: int = 4) -> forms.CharField:
    return forms.CharField(
        label=libelle,
        required=False,
        help_text=f"{aide} {SANS_NOMS}",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": lignes}),
    )


class SequenceForm(forms.Form):
    intitule = forms.CharField(label="Intitulé", max_length=160, help_text="Seul de ce nom dans la cohorte.")
    nature = forms.ChoiceField(label="Nature", choices=NatureSequence.choices)
    duree_heures = forms.IntegerField(label="Durée, en heures", required=False, min_value=1, max_value=HEURES_MAX)
    periode_debut = forms.ModelChoiceField(label="Première période", queryset=Periode.objects.none(), empty_label=None)
    periode_fin = forms.ModelChoiceField(label="Dernière période", queryset=Periode.objects.none(), empty_label=None)
    classe = forms.ModelChoiceField(
        label="Classe", queryset=Classe.objects.none(), required=False, empty_label="Toute la cohorte"
    )
    problematique = _texte("Problématique", "Le besoin, la question à laquelle le travail répond.", 3)
    objectifs = _texte("Objectifs", "Ce que chacun saura faire à la fin.")
    deroulement = _texte("Déroulement", "Les étapes, une par ligne, avec leur durée.", 6)
    ressources = _texte("Ressources", "Documents, machines, outillages, logiciels.")
    est_modele = forms.BooleanField(
        label="Modèle que d'autres équipes peuvent reprendre",
        required=False,
        help_text="Lue et copiée dans d'autres centres, textes des situations compris ; jamais grilles ni niveaux.",
    )

    def __init__(self, *args: Any, cohorte: Cohorte, sequence: Sequence | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        periodes = cohorte.version.periodes.order_by("ordre")
        for champ, choix in (("periode_debut", periodes), ("periode_fin", periodes), ("classe", cohorte.classes)):
            self._proposer(champ, choix)
        self.fields["situations"] = ChoixSituations(
            label="Situations qu'elle regroupe", queryset=situations_a_rattacher(cohorte), sequence=sequence
        )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = _disposition()

    def _proposer(self, champ: str, choix: Any) -> None:
        cible = self.fields[champ]
        if isinstance(cible, forms.ModelChoiceField):
            cible.queryset = choix

    def clean(self) -> dict[str, Any]:
        lu = super().clean() or {}
        debut, fin = lu.get("periode_debut"), lu.get("periode_fin")
        if debut and fin and fin.ordre < debut.ordre:
            self.add_error("periode_fin", FIN_AVANT_DEBUT)
        return lu

    def donnees(self) -> DonneesSequence:
        lu = {**self.cleaned_data, "situations": frozenset(une.pk for une in self.cleaned_data["situations"])}
        return DonneesSequence(**lu)


def initiales_de(sequence: Sequence) -> dict[str, Any]:
    valeurs = {champ: getattr(sequence, champ) for champ in SequenceForm.base_fields}
    return {**valeurs, "situations": list(sequence.situations.values_list("pk", flat=True))}


def _disposition() -> Layout:
    return Layout(
        Fieldset(
            "Identification",
            "intitule",
            Row(
                Column("nature", css_class="col-sm-4"),
                Column("duree_heures", css_class="col-sm-4"),
                Column("classe", css_class="col-sm-4"),
            ),
            Row(Column("periode_debut", css_class="col-sm-6"), Column("periode_fin", css_class="col-sm-6")),
        ),
        Fieldset("Le projet", "problematique", "objectifs", "deroulement", "ressources"),
        Fieldset(
            "Situations",
            "situations",
            HTML('<p class="form-text">Une situation verrouillée garde sa place : elle n\'est pas proposée.</p>'),
        ),
        Fieldset("Partage", "est_modele"),
    )


class CopieForm(forms.Form):
    """Où reprendre la séquence."""

    cohorte = forms.TypedChoiceField(label="Cohorte", coerce=int)
    intitule = forms.CharField(label="Intitulé", max_length=160)
    avec_situations = forms.BooleanField(
        label="Reprendre aussi ses situations",
        required=False,
        initial=True,
        help_text="Grilles vides, dates décalées d'autant d'années. Vous les modifiez ensuite une par une.",
    )

    def __init__(self, *args: Any, cohortes: list[Cohorte], **options: Any) -> None:
        super().__init__(*args, **options)
        self.cohortes = cohortes
        champ = self.fields["cohorte"]
        if isinstance(champ, forms.ChoiceField):
            champ.choices = [(rang, f"{une.libelle}, {une.centre.nom}") for rang, une in enumerate(cohortes)]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def options(self) -> dict[str, Any]:
        """Ce que `copier_sequence` attend."""
        lu = self.cleaned_data
        return {**lu, "cohorte": self.cohortes[lu["cohorte"]]}


class DeplacementForm(forms.Form):
    """Le semestre choisi, et la version de la séquence que la personne avait sous les yeux."""

    rang = forms.IntegerField()
    version = forms.IntegerField()

"""Formulaires des situations ; les règles sont celles du service, dites ici champ par champ."""

from collections.abc import Iterable
from typing import Any, cast

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from centres.models import Classe
from evaluations.enums import Lieu, Nature, NatureRessource
from evaluations.models import Situation
from evaluations.queries.contenu import CadreDeSaisie
from evaluations.services.donnees import HEURES_MAX, DonneesRessource, DonneesSituation, donnees_de, verifier

RAPPEL_RGPD = (
    "Décrivez le travail, pas les personnes : ni nom d'apprenant, ni coordonnées, ni santé. "
    "Ce texte entre dans le dossier du candidat."
)
PERIODE_DEDUITE = ("", "Déduite de la date de début")
SANS_SEQUENCE = ("", "Aucune")


class ChampDate(forms.DateField):
    """Une date saisie avec le calendrier du navigateur."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ChampCodes(forms.MultipleChoiceField):
    """Des codes du référentiel ; leurs cases sont dessinées par un gabarit, leurs règles sont au service."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)


class SituationForm(forms.Form):
    """Tout ce que contient une situation, sauf l'inventaire, qui est un jeu de lignes à part."""

    code = forms.CharField(label="Code", max_length=12, help_text="Court : il titre la colonne des tableaux.")
    titre = forms.CharField(label="Titre", max_length=120, help_text="Le support ou le projet : « Étau de montage ».")
    nature = forms.ChoiceField(
        label="Nature",
        choices=Nature.choices,
        widget=forms.RadioSelect,
        help_text="Seule une situation certificative compte pour la note proposée au jury.",
    )
    debut = ChampDate(label="Date de début")
    fin = ChampDate(label="Date de fin", required=False, help_text="Vide si elle tient sur un jour.")
    periode = forms.ChoiceField(label="Période", required=False)
    epreuves = ChampCodes(label="Épreuves")
    taches = ChampCodes(label="Tâches confiées")
    evaluees = ChampCodes(label="Compétences détaillées évaluées")
    mobilisees = ChampCodes(label="Compétences seulement mobilisées")
    lieu = forms.ChoiceField(
        label="Lieu",
        choices=Lieu.choices,
        widget=forms.RadioSelect,
        help_text="Une situation certificative se déroule en centre.",
    )
    entreprise = forms.CharField(label="Entreprise", required=False, max_length=120)
    supports = ChampCodes(label="Domaine du support")
    espaces = ChampCodes(label="Espaces du plateau technique")
    description = forms.CharField(
        label="Situation et activités menées",
        required=False,
        help_text=RAPPEL_RGPD,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    sequence = forms.ChoiceField(
        label="Séquence ou projet",
        required=False,
        help_text="Celui de la progression de la cohorte qui la regroupe avec d'autres.",
    )
    duree_heures = forms.IntegerField(
        label="Durée, en heures",
        required=False,
        min_value=1,
        max_value=HEURES_MAX,
        help_text="Pour mesurer le temps donné à chaque compétence.",
    )

    def __init__(
        self, *args: Any, classe: Classe, cadre: CadreDeSaisie, situation: Situation | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.classe = classe
        self.situation = situation
        self._proposer(cadre)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = _disposition()

    def _proposer(self, cadre: CadreDeSaisie) -> None:
        codes = {
            "epreuves": (epreuve.code for epreuve in cadre.epreuves),
            "taches": (tache.code for tache in cadre.taches),
            "evaluees": (detaillee.code for detaillee in cadre.detaillees),
            "mobilisees": (competence.code for competence in cadre.competences),
            "supports": (support.code for support in cadre.supports),
            "espaces": (espace.code for espace in cadre.espaces),
        }
        for champ, valeurs in codes.items():
            self._choisir(champ, [(valeur, valeur) for valeur in valeurs])
        self._choisir("periode", [PERIODE_DEDUITE, *((periode, periode) for periode in cadre.periodes)])
        self._choisir("sequence", [SANS_SEQUENCE, *((nom, nom) for nom in cadre.sequences)])

    def _choisir(self, champ: str, choix: list[tuple[str, str]]) -> None:
        cible = self.fields[champ]
        if isinstance(cible, forms.ChoiceField):
            cible.choices = choix

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                verifier(self.classe, self.donnees(), self.situation)
            except ValidationError as refus:
                for champ, messages in refus.message_dict.items():
                    self.add_error(champ, messages)
        return self.cleaned_data

    def donnees(self, ressources: Iterable[DonneesRessource] = ()) -> DonneesSituation:
        saisie: dict[str, Any] = {
            champ: tuple(valeur) if isinstance(valeur, list) else valeur for champ, valeur in self.cleaned_data.items()
        }
        return DonneesSituation(**saisie, ressources=tuple(ressources))


def initiales_de(situation: Situation) -> dict[str, Any]:
    """Les valeurs d'une situation enregistrée, pour le formulaire et son inventaire, et leur empreinte."""
    donnees = donnees_de(situation)
    return {
        **{champ: getattr(donnees, champ) for champ in SituationForm.base_fields},
        "empreinte": donnees.empreinte,
        "ressources": [
            {"nature": ressource.nature, "designation": ressource.designation} for ressource in donnees.ressources
        ],
    }


def _disposition() -> Layout:
    return Layout(
        Fieldset(
            "Identification",
            Row(Column("code", css_class="col-sm-3"), Column("titre", css_class="col-sm-9")),
            Row(
                Column("debut", css_class="col-sm-4"),
                Column("fin", css_class="col-sm-4"),
                Column("periode", css_class="col-sm-4"),
            ),
            Row(Column("sequence", css_class="col-sm-8"), Column("duree_heures", css_class="col-sm-4")),
            InlineRadios("nature"),
        ),
        HTML('{% include "evaluations/_situation_referentiel.html" %}'),
        Fieldset(
            "Cadre",
            InlineRadios("lieu"),
            "entreprise",
            HTML('{% include "evaluations/_situation_cadre.html" %}'),
        ),
        Fieldset("Description", "description"),
        HTML('{% include "evaluations/_situation_inventaire.html" %}'),
    )


class RessourceForm(forms.Form):
    """Une ligne de l'inventaire ; sans désignation, la ligne n'existe pas."""

    nature = forms.ChoiceField(label="Rubrique", choices=NatureRessource.choices, initial=NatureRessource.DOCUMENT)
    designation = forms.CharField(label="Désignation", required=False, max_length=200)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["nature"].widget.attrs["class"] = "form-select"
        self.fields["designation"].widget.attrs["class"] = "form-control"


class Inventaire(forms.BaseFormSet[RessourceForm]):
    def ressources(self) -> tuple[DonneesRessource, ...]:
        saisies = [formulaire.cleaned_data for formulaire in self.forms]
        return tuple(
            DonneesRessource(nature=saisie["nature"], designation=saisie["designation"])
            for saisie in saisies
            if saisie.get("designation")
        )


InventaireFormSet = cast(
    type[Inventaire], forms.formset_factory(RessourceForm, formset=Inventaire, extra=3, max_num=100, validate_max=True)
)


class ChoixClasses(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Une classe se reconnaît à son nom, son année et son centre."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, classe: Classe) -> str:
        return f"{classe}, {classe.centre.nom}"


class RepriseForm(forms.Form):
    """Pour quelles classes et à quelles dates reprendre une situation."""

    classes = ChoixClasses(
        label="Classes", queryset=Classe.objects.none(), help_text="Chacune reçoit sa situation et sa grille vide."
    )
    code = forms.CharField(label="Code", required=False, max_length=12, help_text="Vide : le suivant de chaque classe.")
    titre = forms.CharField(label="Titre", max_length=120)
    debut = ChampDate(label="Date de début", help_text="La période du cycle en sera déduite.")
    fin = ChampDate(label="Date de fin", required=False)

    def __init__(self, *args: Any, classes: QuerySet[Classe], **options: Any) -> None:
        super().__init__(*args, **options)
        champ = self.fields["classes"]
        if isinstance(champ, forms.ModelMultipleChoiceField):
            champ.queryset = classes
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            "classes",
            Row(Column("code", css_class="col-sm-3"), Column("titre", css_class="col-sm-9")),
            Row(Column("debut", css_class="col-sm-6"), Column("fin", css_class="col-sm-6")),
        )


class DeverrouillageForm(forms.Form):
    motif = forms.CharField(
        label="Raison",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Gardée au journal, avec votre nom et la date. Ni santé, ni vie privée.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
